"""Values as source text. Nothing in a prompt can end a literal, and what can't be seen is escaped."""

import json
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

WIDTH = 88


class Expression(str):
    """Source text already."""

    __slots__ = ()


def python(value: Any, indent: int = 0) -> str:
    return _laid_out(value, _python, ",", indent)


def call(name: str, arguments: Mapping[str, Any]) -> str:
    """A call in Python, by keywords."""
    return _bracketed(f"{name}(", [f"{one}={python(value, 4)}" for one, value in arguments.items()], ")", ",")


def javascript(value: Any, indent: int = 0) -> str:
    """JSON, which is JavaScript, too."""
    return _laid_out(value, _json, "", indent)


def _python(value: Any) -> str:
    if isinstance(value, Expression):
        return value
    if not isinstance(value, str):
        return repr(value)
    return _visible(value, lambda one: one.encode("unicode_escape").decode())


def _json(value: Any) -> str:
    if not isinstance(value, str):
        return json.dumps(value)
    return _visible(value, lambda one: json.dumps(one)[1:-1])


def _laid_out(value: Any, scalar: Callable[[Any], str], comma: str, indent: int) -> str:
    """On one line where it fits. `comma`: behind the last of several."""
    inner = partial(_laid_out, scalar=scalar, comma=comma, indent=indent + 4)
    if isinstance(value, Mapping):
        parts = [f"{scalar(name)}: {inner(one)}" for name, one in value.items()]
        return _bracketed("{", parts, "}", comma, indent)
    if isinstance(value, list | tuple):
        return _bracketed("[", [*map(inner, value)], "]", comma, indent)
    return scalar(value)


def _bracketed(begin: str, parts: list[str], end: str, comma: str, indent: int = 0) -> str:
    line = begin + ", ".join(parts) + end
    if len(line) + indent <= WIDTH and "\n" not in line:
        return line
    inner = ",\n".join(" " * (indent + 4) + part for part in parts)
    return f"{begin}\n{inner}{comma}\n{' ' * indent}{end}"


def _visible(text: str, escaped: Callable[[str], str]) -> str:
    """A string whose marks that turn it round, and others that nobody sees, stand as their numbers."""
    return "".join(one if one.isprintable() else escaped(one) for one in json.dumps(text, ensure_ascii=False))
