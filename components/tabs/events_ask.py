"""What a visitor asks of `astream_events`: six boxes of names, and the Python that asks for the same."""

from __future__ import annotations

from dataclasses import fields
from typing import Final

from components.streaming.trace import Asked, as_python
from components.streaming.trace.asked import LONGEST_VALUE, MOST_VALUES

FILTERS: Final = tuple(field.name for field in fields(Asked))


def asked_for(*boxes: str) -> Asked:
    """From the boxes in the order of `FILTERS`, each with names between commas."""
    given = {name: _names(box) for name, box in zip(FILTERS, boxes, strict=True)}
    return Asked(**given)


def python_for(*boxes: str) -> str:
    return as_python(asked_for(*boxes))


def _names(box: str | None) -> tuple[str, ...]:
    names = (name.strip() for name in (box or "").split(","))
    return tuple(name[:LONGEST_VALUE] for name in names if name)[:MOST_VALUES]
