"""Values as source text. Nothing in a prompt can end a literal, and what can't be seen is escaped."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from rich.pretty import pretty_repr

WIDTH = 88


class Expression(str):
    """Source text already."""

    __slots__ = ()
    __repr__ = str.__str__


def python(value: Any) -> str:
    """On one line where it fits."""
    return pretty_repr(_in_python(value), max_width=WIDTH)


def call(name: str, arguments: Mapping[str, Any]) -> str:
    """A call in Python, by keywords."""
    given = {one: _in_python(value) for one, value in arguments.items()}
    return pretty_repr(type(name, (), {"__rich_repr__": lambda _: given.items()})(), max_width=WIDTH)


def javascript(value: Any) -> str:
    """JSON, which is JavaScript, too."""
    return pretty_repr(_source(value, json.dumps, lambda one: json.dumps(one)[1:-1]), max_width=WIDTH)


def _in_python(value: Any) -> Any:
    return _source(value, repr, lambda one: one.encode("unicode_escape").decode())


def _source(value: Any, written: Callable[[Any], str], escaped: Callable[[str], str]) -> Any:
    """Marks in a text that turn it round, and others that nobody sees, stand as their numbers."""
    if isinstance(value, Mapping):
        return {
            _source(name, written, escaped): _source(one, written, escaped) for name, one in value.items()
        }
    if isinstance(value, list | tuple):
        return [_source(one, written, escaped) for one in value]
    if isinstance(value, Expression):
        return value
    text = json.dumps(value, ensure_ascii=False) if isinstance(value, str) else written(value)
    return Expression("".join(one if one.isprintable() else escaped(one) for one in text))
