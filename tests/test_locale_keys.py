"""The keys of the words, as the code asks for them: words("key"), i18n("key"), words(f"family_{member}").

In the browser: words.key, words["family_" + member], data-word="key", data-label="key".
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from string import Formatter

import pytest

from components.locale import LANGUAGES
from tests.app_process import ROOT

ENGLISH = LANGUAGES["en"]


def placeholders(text: str) -> list[str]:
    """Names in braces, sorted; each with the format it is given, which should be none."""
    parts = Formatter().parse(text)
    return sorted(
        f"{name}{spec}{conversion or ''}" for _, name, spec, conversion in parts if name is not None
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_the_same(language: str) -> None:
    assert list(LANGUAGES[language]) == list(ENGLISH)
    for key, text in LANGUAGES[language].items():
        assert placeholders(text) == placeholders(ENGLISH[key]), key


@cache
def modules() -> list[ast.Module]:
    files = (ROOT / "app.py", *sorted((ROOT / "components").rglob("*.py")))
    return [ast.parse(file.read_text("utf-8"), str(file)) for file in files]


@cache
def nodes() -> list[ast.AST]:
    return [node for module in modules() for node in ast.walk(module)]


def calls() -> Iterator[tuple[str, ast.Call]]:
    """Every call that asks for words, with the name of what is called."""
    for node in nodes():
        if isinstance(node, ast.Call) and node.args:
            # words("key"), or words_for(request)("key") and Words(language)("key")
            made = isinstance(node.func, ast.Call)
            called = node.func.func if isinstance(node.func, ast.Call) else node.func
            if isinstance(called, ast.Name) and (
                called.id in ("Words", "words_for") if made else called.id in ("words", "i18n")
            ):
                yield called.id, node


def literals(node: ast.expr) -> list[str]:
    """The keys an argument can be: one for a string, two for `"a" if ... else "b"`."""
    if isinstance(node, ast.IfExp):
        return literals(node.body) + literals(node.orelse)
    return [node.value] if isinstance(node, ast.Constant) and isinstance(node.value, str) else []


def family(node: ast.expr) -> str:
    """What an f-string begins with."""
    return "".join(literals(node.values[0])) if isinstance(node, ast.JoinedStr) else ""


def constants() -> set[str]:
    """Strings in constants of modules, such as `EXAMPLES = ("example_1", ...)`."""
    values = [
        node.value
        for module in modules()
        for node in module.body
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and node.targets[0].id.isupper()
    ]
    return {
        node.value
        for value in values
        for node in ast.walk(value)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def named() -> Iterator[ast.expr]:
    """The ids of components that have their words by them: page.named(gr.Radio, "json-how", ...)."""
    for node in nodes():
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in ("named", "choices")
        ):
            yield node.args[1]


def labels() -> set[str]:
    """Keys of labels and their hints."""
    keys = {name.replace("-", "_") for node in named() for name in literals(node)}
    return keys | ({f"{key}_hint" for key in keys} & set(ENGLISH))


def looked_up() -> set[str]:
    """The keys of words["key"]."""
    return {key for node in nodes() if isinstance(node, ast.Subscript) for key in literals(node.slice)}


@cache
def asked_in_the_browser() -> set[str]:
    """Keys, and what families begin with."""
    texts = [path.read_text("utf-8") for path in (ROOT / "components" / "static").glob("*.[hj]*")]
    asked = re.compile(r"""\bwords(?:\.|\[")(\w+)|data-(?:word|label)="(\w+)\"""")
    return {key or named for text in texts for key, named in asked.findall(text)}


def test_every_key_asked_for_has_words() -> None:
    asked = {key for _, call in calls() for key in literals(call.args[0])}
    asked |= {key for key in asked_in_the_browser() if not key.endswith("_")} | labels()
    assert asked - set(ENGLISH) == set()
    for prefix in {family(call.args[0]) for _, call in calls()} - {""}:
        assert any(key.startswith(prefix) for key in ENGLISH), prefix


def test_no_key_is_left_over() -> None:
    used = {key for _, call in calls() for key in literals(call.args[0])} | constants() | looked_up()
    used |= asked_in_the_browser() | labels()
    families = {family(call.args[0]) for _, call in calls()} - {""}
    families |= {family(node).replace("-", "_") for node in named()} - {""}
    families |= {key for key in used if key.endswith("_")}
    assert [key for key in ENGLISH if key not in used and not key.startswith(tuple(families))] == []


def test_every_key_is_asked_for_with_its_placeholders() -> None:
    for called, call in calls():
        given = sorted(keyword.arg or "**" for keyword in call.keywords)
        for key in literals(call.args[0]):
            # The browser puts in an i18n key's words as they are, so there is nothing to fill in.
            assert placeholders(ENGLISH[key]) == ([] if called == "i18n" else given), key
