"""The lessons, found by their files: to add one, add `lesson_NN_name.py` and `lesson_NN_name.md`.

A lesson's Python file is what the page shows and what runs. Its docstring is the title; `THEME` is the
heading it stands under; `PROMPT` is what it asks unless told otherwise; `JSON = True` wants a model that is
held to the countries example's schema. `lesson(model, prompt, show)` runs it, plain or `async def`; `show`
takes whatever `print` does, once a line. Nothing of this is imported before a lesson runs: it is read from
the file's syntax tree.

The file beside it says what to look for: in English, and then title and text in the other languages, under
`# ja: title` and the like.
"""

from __future__ import annotations

import ast
import importlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from components.providers import Snippet
from components.streaming import Connection

HERE = Path(__file__).parent
PREFIX = "lesson_"
THEMES = ("basics", "models", "json", "retrieval", "events", "graphs", "web", "failures")


@dataclass(frozen=True, slots=True)
class Lesson:
    """`words`: title and text by language; what to look for, in paragraphs. `source`: the file as it stands,
    byte for byte.
    """

    number: int
    name: str
    theme: str
    words: Mapping[str, tuple[str, str]]
    prompt: str
    json: bool
    is_async: bool
    file: Path
    source: str

    def told(self, language: str) -> tuple[str, str]:
        """Title and text; English where nobody has translated them."""
        return self.words.get(language, self.words["en"])

    def load(self) -> Callable[..., Any]:
        """Import the file; LangChain comes with it."""
        module = importlib.import_module(f"{__package__}.{self.file.stem}")
        function: Callable[..., Any] = module.lesson
        return function


@cache
def lessons() -> Mapping[str, Lesson]:
    """Every lesson by name, in order."""
    found = [read(file) for file in sorted(HERE.glob(f"{PREFIX}*.py"))]
    return {lesson.name: lesson for lesson in found}


def find(name: str) -> Lesson | None:
    """A lesson by its name or its number."""
    wanted = name.strip()
    return next((one for one in lessons().values() if wanted in (one.name, str(one.number))), None)


@cache
def versions() -> Mapping[str, Mapping[str, str]]:
    """By lesson, the installed packages with which its tests passed last; the tests write them."""
    known: dict[str, dict[str, str]] = json.loads((HERE / "versions.json").read_text("utf-8"))
    return known


def read(file: Path) -> Lesson:
    """A lesson from its file.

    Raises ValueError: one of these is missing, or what stands in `THEME` is no theme.
    """
    number, _, name = file.stem.removeprefix(PREFIX).partition("_")
    source = file.read_text("utf-8")
    tree = ast.parse(source)
    words = _words((ast.get_docstring(tree) or "").removesuffix("."), file.with_suffix(".md"))
    constants: dict[str, Any] = {}
    function: ast.FunctionDef | ast.AsyncFunctionDef | None = None
    for node in tree.body:
        match node:
            case ast.Assign([ast.Name(constant)], ast.Constant(value)):
                constants[constant] = value
            case ast.FunctionDef("lesson") | ast.AsyncFunctionDef("lesson"):
                function = node
    known = constants.get("THEME") in THEMES and isinstance(constants.get("PROMPT"), str)
    if not (all(words["en"]) and function and known):
        raise ValueError(
            f"{file.name} lacks a docstring, a THEME, a PROMPT, a function named lesson or its .md"
        )
    return Lesson(
        number=int(number),
        name=name,
        theme=constants["THEME"],
        words=words,
        prompt=constants["PROMPT"],
        json=constants.get("JSON") is True,
        is_async=isinstance(function, ast.AsyncFunctionDef),
        file=file,
        source=source,
    )


def model_for(lesson: Lesson, connection: Connection) -> Any:
    """The model a lesson is given, held to JSON where it asks for that and the server takes a schema."""
    if not lesson.json:
        return connection.model
    from components.chains.schemas import COUNTRIES

    return connection.held_to(COUNTRIES) or connection.model


def own_file(lesson: Lesson, snippet: Snippet, model: str) -> str:
    """Python to be put under the lesson's source to make it a file of one's own.

    It builds a provider's model, and runs the lesson over it. No key is in it.
    """
    built = f"{snippet.name}(model={json.dumps(snippet.model or model)})"
    if lesson.json:
        built += f".bind({snippet.in_json})"
    lines = [f"from {snippet.package} import {snippet.name}", "", f"model = {built}"]
    call = "lesson(model, PROMPT, print)"
    if lesson.is_async:
        return "\n".join(["import asyncio", "", *lines, f"asyncio.run({call})", ""])
    return "\n".join([*lines, call, ""])


def _words(title: str, file: Path) -> dict[str, tuple[str, str]]:
    """By language: what stands before the first heading `# tag: title`, in English, and what under each."""
    told = f"# en: {title}\n{file.read_text('utf-8') if file.exists() else ''}"
    _, *parts = re.split(r"^# ([\w-]+): (.*)\n", told, flags=re.MULTILINE)
    by_tag = zip(parts[::3], parts[1::3], parts[2::3], strict=True)
    return {tag: (title, text.strip()) for tag, title, text in by_tag}
