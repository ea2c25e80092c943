"""What a view is told of a lesson's run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from components.streaming import Fault
from components.streaming.text import sendable


@dataclass(frozen=True, slots=True)
class Line:
    """`at`: seconds since the lesson began, its connection being open."""

    at: float
    text: str

    def plain(self) -> str:
        """For programs: its time in milliseconds, then what it says."""
        return f"{self.at * 1000:7.0f} ms  {sendable(self.text)}\n"


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run ended, after `seconds`; `lines` came of which `left_out` were too many to be kept.

    `closed_after`: seconds from Stop until the lesson had ended and its connection was closed; None without
    Stop, or if that could not be done.
    """

    seconds: float
    lines: int
    left_out: int = 0
    fault: Fault | None = None
    stopped: bool = False
    closed_after: float | None = None


@dataclass(frozen=True, slots=True)
class LessonFrame:
    """`lines`: those that came since the frame before. `ended` stands in the last frame only.

    `place`: in the line of runs that wait, from 1, 0 when not in it.
    """

    lines: Sequence[Line] = ()
    ended: Ended | None = None
    place: int = 0
