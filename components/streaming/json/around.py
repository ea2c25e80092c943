"""What stood around the document."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from components.streaming.json.candidate import Candidate, Rank
from components.streaming.json.flaws import Place
from components.streaming.text import sendable

WHITE: Final = " \t\n\r\ufeff"
MARK: Final = re.compile(r"`{3,8}+[\w+.-]{0,40}+(?![\w+.`-])")


class Dropped(NamedTuple):
    """A value that could have been the document. `end`: the offset behind it."""

    place: Place
    end: int
    rank: Rank


@dataclass(frozen=True, slots=True)
class Around:
    """The text before it and after it, without the marks of fences. `fenced`: it stood in one.

    `dropped`: how many values could have been the document, but less likely; `first`: where the first of them
    is. `in_a_row`: it is the last of several alike, with nothing between them.
    """

    before: str
    after: str
    fenced: bool
    dropped: int = 0
    first: Place | None = None
    in_a_row: bool = False


def around(reply: str, document: Candidate, dropped: Sequence[Dropped]) -> Around | None:
    """None when nothing but white space was skipped."""
    begins = len(reply) if document.place is None else document.place.offset
    ends = len(reply) if document.end is None else document.end
    before, after = (sendable(MARK.sub("", text)).strip(WHITE) for text in (reply[:begins], reply[ends:]))
    fenced = document.fence is not None
    if not (before or after or fenced):
        return None
    alike = [each for each in dropped if each.rank == document.rank and each.end <= begins]
    in_a_row = bool(alike) and not reply[alike[-1].end : begins].strip(WHITE + ",;")
    return Around(before, after, fenced, len(dropped), dropped[0].place if dropped else None, in_a_row)
