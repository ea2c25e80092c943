"""What stood around the document."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from components.streaming.json.candidate import Candidate
from components.streaming.json.flaws import Place
from components.streaming.text import sendable

MARK: Final = re.compile(r"`{3,8}+[\w+.-]{0,40}+(?![\w+.`-])")


@dataclass(frozen=True, slots=True)
class Around:
    """The text before it and after it, without the marks of fences. `fenced`: it stood in one.

    `dropped`: how many values could have been the document, but less likely; `first`: of them.
    """

    before: str
    after: str
    fenced: bool
    dropped: int = 0
    first: Place | None = None


def around(reply: str, document: Candidate, dropped: Sequence[Place]) -> Around | None:
    """None when nothing but white space was skipped."""
    begins = len(reply) if document.place is None else document.place.offset
    ends = len(reply) if document.end is None else document.end
    before, after = (
        sendable(MARK.sub("", text)).strip(" \t\r\n\ufeff") for text in (reply[:begins], reply[ends:])
    )
    fenced = document.fence is not None
    if not (before or after or fenced):
        return None
    return Around(before, after, fenced, len(dropped), dropped[0] if dropped else None)
