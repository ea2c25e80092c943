"""Values as source text. Nothing in a prompt can end a literal, and what can't be seen is escaped."""

import json
from collections.abc import Mapping
from typing import Any

from rich.pretty import pretty_repr

WIDTH = 88


class Expression(str):
    """Source text already."""

    __slots__ = ()
    __repr__ = str.__str__


def python(value: Any) -> str:
    """On one line where it fits."""
    return pretty_repr(value, max_width=WIDTH)


def call(name: str, arguments: Mapping[str, Any]) -> str:
    """A call in Python, by keywords."""
    return python(type(name, (), {"__rich_repr__": lambda _: arguments.items()})())


def javascript(value: Any) -> str:
    """JSON, which is JavaScript, too."""
    return python(_as_json(value))


def _as_json(value: Any) -> Any:
    """With marks that turn it round, and others that nobody sees, as their numbers."""
    if isinstance(value, Mapping):
        return {_as_json(name): _as_json(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [*map(_as_json, value)]
    text = json.dumps(value, ensure_ascii=False)
    return Expression("".join(one if one.isprintable() else json.dumps(one)[1:-1] for one in text))
