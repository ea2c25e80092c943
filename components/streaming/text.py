"""The text in whatever a chain yields, and what of a text can be sent."""

from __future__ import annotations

import re
from typing import Any, Final

SURROGATE: Final = re.compile("[\ud800-\udfff]")
# The tags around a model's thoughts, behind one of OPENS.
OPENS: Final = r"[<\[◁]"
TAGS: Final = r"(?i:think|thinking|thought|reasoning)>|THINK\]|think▷"


def text_of(chunk: Any) -> str:
    """A string is its own text; a message chunk's text is its text blocks; anything else its `str`."""
    if isinstance(chunk, str):
        return chunk
    text = getattr(chunk, "text", None)
    return str(chunk) if text is None else str(text)


def sendable(text: str) -> str:
    """Without lone surrogates, which no encoding can carry."""
    return SURROGATE.sub("\ufffd", text)
