"""The text in whatever a chain yields."""

from __future__ import annotations

from typing import Any


def text_of(chunk: Any) -> str:
    """A string is its own text; a message chunk's text is its text blocks; anything else its `str`."""
    if isinstance(chunk, str):
        return chunk
    text = getattr(chunk, "text", None)
    return str(chunk) if text is None else str(text)
