"""The lessons, found by their files: to add one, add `lesson_NN_name.py` and `lesson_NN_name.toml`.

A lesson's Python file is what the page shows and what runs; its docstring is the title. `lesson(model,
prompt)` runs it, plain or `async def`; what it prints is what is shown, a line each. Nothing of this is
imported before a lesson runs.

The file beside it says what the page needs: the `theme` is the heading it stands under, the `prompt` what it
asks unless told otherwise, and `json = true` wants a model that is held to the countries example's schema. A
table for each language has the `text` that says what to look for, and but for English the `title`.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from components.chains.schemas import COUNTRIES
from components.providers import Snippet
from components.streaming import Connection

HERE = Path(__file__).parent
PREFIX = "lesson_"
THEMES = ("basics", "models", "json", "retrieval", "events", "graphs", "web", "failures")
# The title, and whether it is a coroutine that runs.
_SOURCE: Final = re.compile(
    r'"""(?P<title>.+?)\.?"""\n.*^(?P<is_async>async )?def lesson\(', re.DOTALL | re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class Lesson:
    """`words`: title and text by language; what to look for, in paragraphs. `source`: the file as it stands,
    byte for byte.
    """

    number: int
    name: str
    file: Path
    source: str
    is_async: bool
    words: Mapping[str, tuple[str, str]]
    theme: str
    prompt: str
    json: bool = False

    def told(self, language: str) -> tuple[str, str]:
        """Title and text; English where nobody has translated them."""
        return self.words.get(language, self.words["en"])

    def load(self, show: Callable[..., None]) -> Callable[[Any, str], Any]:
        """Its function, from a module of this run's own, whose `print` is `show`; LangChain comes with it."""
        module = ModuleType(self.file.stem)
        module.__dict__["print"] = show
        SourceFileLoader(self.file.stem, str(self.file)).exec_module(module)
        function: Callable[[Any, str], Any] = module.lesson
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
    """A lesson from its file, and the one beside it.

    Raises:
        OSError: there is no file beside it.
        ValueError: one of these is missing, or its theme is none.
    """
    number, _, name = file.stem.removeprefix(PREFIX).partition("_")
    source, told = file.read_text("utf-8"), tomllib.loads(file.with_suffix(".toml").read_text("utf-8"))
    said = _SOURCE.match(source)
    if said is None or told.get("theme") not in THEMES or not ({"prompt", "en"} <= told.keys()):
        raise ValueError(
            f"{file.name} lacks a docstring or a function named lesson, or its .toml a theme, prompt or [en]"
        )
    texts: dict[str, dict[str, str]] = {tag: told.pop(tag) for tag in [*told] if isinstance(told[tag], dict)}
    words = {tag: (one.get("title", said["title"]), one["text"].strip()) for tag, one in texts.items()}
    return Lesson(int(number), name, file, source, said["is_async"] is not None, words, **told)


def model_for(lesson: Lesson, connection: Connection) -> Any:
    """The model a lesson is given, held to JSON where it asks for that and the server takes a schema."""
    return (connection.held_to(COUNTRIES) if lesson.json else None) or connection.model


def own_file(lesson: Lesson, snippet: Snippet, model: str) -> str:
    """Python to be put under the lesson's source to make it a file of one's own.

    It builds a provider's model, and runs the lesson over it. No key is in it.
    """
    built = f"{snippet.name}(model={json.dumps(snippet.model or model)})"
    if lesson.json:
        built += f".bind({snippet.in_json})"
    lines = [f"from {snippet.package} import {snippet.name}", "", f"model = {built}"]
    call = f"lesson(model, {json.dumps(lesson.prompt, ensure_ascii=False)})"
    if lesson.is_async:
        return "\n".join(["import asyncio", "", *lines, f"asyncio.run({call})", ""])
    return "\n".join([*lines, call, ""])
