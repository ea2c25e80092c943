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
    """JSON, which is JavaScript, too. Marks that turn it round, and others that nobody sees, stand as their
    numbers.
    """
    text = json.dumps(value, ensure_ascii=False, indent=2)
    return "".join(one if one.isprintable() or one == "\n" else json.dumps(one)[1:-1] for one in text)
