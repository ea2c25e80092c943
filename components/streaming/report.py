"""What a run comes to, in figures and in one word."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Literal

from components.streaming.faults import Fault
from components.streaming.records import Outcome

# The model and the way to it, a step of LangChain's, this server, the way to the reader; "": nobody.
Holder = Literal["model", "langchain", "server", "reader", ""]


class Verdict(StrEnum):
    STREAMED = "streamed"
    THOUGHT = "thought_then_streamed"
    ONE_PIECE = "one_piece"
    COMPLETE = "complete"  # and nobody knows how it came: see `UNTIMED`
    CUT_OFF = "cut_off"
    STOPPED = "stopped"
    FAILED = "failed"


# A note: of a stream that was captured without its times. Then the report has none either.
UNTIMED: Final = ("untimed", "1")
Stage = Literal["queued", "connecting", "waiting", "reading", "thinking", "writing", "retrying"]


@dataclass(frozen=True, slots=True)
class Span:
    """A phase of the run: it began `at` so many seconds after the trace, and lasted `seconds`."""

    name: Stage
    at: float
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Report:
    """Times in seconds. `first_byte`, `first_thought`, `first_token`: from before the first request to the
    first byte of a reply, the first of what the model thought, the first text that isn't blank.

    `setup`: importing the SDK and opening the connection, before the first request. `longest_gap`:
    between two chunks with something in them. `thinking`: from the first thought to the last.
    `closed_after`: from Stop until the model's connection was closed; None when the run was not stopped, or
    when it could not be closed. `tokens_per_second`, `thoughts_per_second`: the model's tokens of text and of
    thinking after the first, over the time from the first to the last of that kind; None where they can't be
    told. `notes`: see `Ending`. `phases`: in their order, gapless from when the run first had to wait.
    `held_by`: who made the longest gap, and of what arrived in one piece the wait for it. `server_cpu`: what
    a server of ours used of a processor meanwhile, whoever asked it; None where it is not ours.
    `held_frames`: how many frames the way to the page held back, the longest for `held_back`.
    """

    method: str
    verdict: Verdict
    outcome: Outcome
    fault: Fault | None
    chunks: int
    characters: int
    setup: float
    first_token: float | None
    longest_gap: float
    seconds: float
    tokens_per_second: float | None
    attempts: int
    closed_after: float | None
    first_byte: float | None = None
    first_thought: float | None = None
    thinking: float = 0.0
    thoughts: int = 0
    thoughts_per_second: float | None = None
    notes: tuple[tuple[str, str], ...] = ()
    phases: tuple[Span, ...] = ()
    held_by: Holder = ""
    server_cpu: float | None = None
    held_frames: int = 0
    held_back: float = 0.0

    @property
    def whole(self) -> bool:
        """Nothing failed, and nobody stopped it."""
        return self.fault is None and self.verdict != "stopped"
