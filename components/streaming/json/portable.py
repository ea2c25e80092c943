"""Integers that others can't hold: browsers round from 2**53 on, and orjson, Gradio's, refuses 65 bits."""

from __future__ import annotations

from typing import Any, Final

# The largest integer of which a double has no other neighbour (JavaScript's MAX_SAFE_INTEGER).
SAFE: Final = 2**53 - 1


def is_safe(value: Any) -> bool:
    """Of a scalar: whether a browser reads it as it is."""
    return not isinstance(value, int) or -SAFE <= value <= SAFE


def portable(value: Any) -> Any:
    """The value with each integer that isn't safe as a string of its digits; a copy of the containers."""
    if isinstance(value, dict):
        return {key: portable(member) for key, member in value.items()}
    if isinstance(value, list):
        return [portable(item) for item in value]
    return value if is_safe(value) else str(value)
