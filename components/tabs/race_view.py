"""What the browser is sent of a race: what is new in each lane, and at its end its row of the table."""

from collections.abc import Sequence
from itertools import compress
from typing import Any

from components.locale import Words
from components.locale.report import SEPARATOR
from components.runs.race import ONE_AT_A_TIME, WAITS, Frames
from components.streaming.trace import About
from components.tabs.run_view import RunView
from components.tabs.view import View


class RaceView(View):
    """`lanes`: by its number, what is sent of a run and its text. `code`: whether each can be had as code."""

    def __init__(self, words: Words, lanes: Sequence[About], *, code: bool = True) -> None:
        super().__init__(words)
        self._code = code
        self._lanes = [RunView(words, about, with_text=True) for about in lanes]
        self._names = _names([_told(words, about) for about in lanes])
        in_turn = [str(n) for n, about in enumerate(lanes, start=1) if about.provider == ONE_AT_A_TIME]
        listed = words("list_separator").join(in_turn)
        self._note = words("race_in_turn", lanes=listed) if len(in_turn) > 1 else ""

    def body(self, frames: Frames) -> dict[str, Any]:
        first = {} if self.number else {"names": self._names, "note": self._note, "code": self._code}
        lanes = {number: self._lanes[number].body(frame) for number, frame in frames.items()}
        return {"lanes": lanes, **first}


def _told(words: Words, about: About) -> tuple[str, ...]:
    dialect = about.dialect if about.provider == ONE_AT_A_TIME else ""
    chain = "" if about.chain == "chat" else chain_name(words, about.chain)
    return about.method, about.provider, about.model, dialect, chain


def chain_name(words: Words, chain: str) -> str:
    """What a lane's chain is called: the reader's words for the step that waits, else its own name."""
    return words("race_waits") if chain == WAITS else chain


def _names(lanes: Sequence[tuple[str, ...]]) -> list[tuple[str, str]]:
    """Of each, in full, and by its method and what else the lanes differ in."""
    differs = [n == 0 or len(set(column)) > 1 for n, column in enumerate(zip(*lanes, strict=True))]
    full = [SEPARATOR.join(filter(None, told)) for told in lanes]
    short = [SEPARATOR.join(filter(None, compress(told, differs))) for told in lanes]
    return list(zip(full, short, strict=True))
