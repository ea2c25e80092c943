"""What really happened in a run, in figures and in one word."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from components.streaming.faults import Fault
from components.streaming.mailbox import Chunk


class Verdict(StrEnum):
    STREAMED = "streamed"
    ONE_PIECE = "one_piece"
    CUT_OFF = "cut_off"
    STOPPED = "stopped"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the model itself said at its end; `finish_reason` is in OpenAI's words, "" if it gave none."""

    finish_reason: str = ""
    input_tokens: int | None = None
    output_tokens: int | None = None


@dataclass(frozen=True, slots=True)
class Ending:
    """How reading ended. `stopped`: by Stop; one that came after the end changes nothing.

    `closed_after`: seconds from Stop until the connection was closed, if it was.
    """

    outcome: Outcome
    fault: Fault | None
    stopped: bool
    closed_after: float | None


@dataclass(frozen=True, slots=True)
class Report:
    """Times in seconds. `first_token`: from before the first request to the first non-empty text.

    `setup`: importing the SDK and opening the connection, before the first request. `longest_gap`:
    between two chunks with text. `closed_after`: from Stop until the model's connection was closed;
    None when the run was not stopped, or when it could not be closed. `tokens_per_second` counts the
    model's tokens after the first over the time from first to last text, None without usage.
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

    @property
    def whole(self) -> bool:
        """Nothing failed, and nobody stopped it."""
        return self.fault is None and self.verdict != "stopped"


# A reader that waits less than this for a chunk on average, after a long wait for the first, reads what
# someone held back. Its own work doesn't count: `astream_events` needs more than a millisecond a chunk.
HELD_BACK_GAP = 0.002
HELD_BACK_WAIT = 0.25
HELD_BACK_RATIO = 5


class Meter:
    """Fed with arrivals, in `time.perf_counter()` seconds; asked once at the end."""

    def __init__(self) -> None:
        self.chunks = 0
        self.characters = 0
        self.setup = 0.0
        self.attempts = 0
        self._started: float | None = None
        self._first: float | None = None
        self._last = 0.0
        self._busy = 0.0
        self._idle = 0.0
        self._late = 0.0
        self._with_text = 0
        self._longest_gap = 0.0

    def start(self, setup: float) -> None:
        """A request is about to be sent; `setup` seconds went into preparing it."""
        self.attempts += 1
        self.setup += setup
        if self._started is None:
            self._started = time.perf_counter()

    def was_late(self, seconds: float) -> None:
        """This process came so much too late to what it waited for, until the first text."""
        self._late += seconds

    def add(self, chunks: Iterable[Chunk]) -> None:
        for at, busy, text in chunks:
            self.chunks += 1
            if not text:
                continue
            self.characters += len(text)
            self._with_text += 1
            if self._first is None:
                self._first = at
            else:
                gap = at - self._last
                self._longest_gap = max(self._longest_gap, gap)
                self._idle += max(0.0, gap - (busy - self._busy))
            self._last, self._busy = at, busy

    def report(self, *, method: str, ending: Ending) -> Report:
        now = time.perf_counter()
        started = now if self._started is None else self._started
        finished = ending.fault is None and not ending.stopped and self._first is not None
        return Report(
            method=method,
            verdict=self._verdict(ending),
            outcome=ending.outcome,
            fault=ending.fault,
            chunks=self.chunks,
            characters=self.characters,
            setup=self.setup,
            first_token=None if self._first is None else self._first - started,
            longest_gap=self._longest_gap,
            seconds=(self._last if finished else now) - started,
            tokens_per_second=self._rate(ending.outcome),
            attempts=self.attempts,
            closed_after=ending.closed_after,
        )

    def _verdict(self, ending: Ending) -> Verdict:
        if ending.stopped:
            return Verdict.STOPPED
        if ending.fault is not None:
            return Verdict.CUT_OFF if ending.fault.kind == "cut_off" else Verdict.FAILED
        return Verdict.ONE_PIECE if self._came_at_once() else Verdict.STREAMED

    def _came_at_once(self) -> bool:
        if self._with_text < 2 or self._first is None or self._started is None:
            return True
        spread = self._last - self._first
        waited = self._first - self._started
        # On a loop that many runs share a reader never waits either, but then it reads for long.
        # And what came while nobody here could look has come at once, whoever sent it.
        missed = max(self._idle, self._late)
        long = waited > max(HELD_BACK_WAIT, HELD_BACK_RATIO * missed, spread)
        return long and self._idle < HELD_BACK_GAP * (self._with_text - 1)

    def _rate(self, outcome: Outcome) -> float | None:
        if outcome.output_tokens is None or self._first is None or self._last <= self._first:
            return None
        return (outcome.output_tokens - 1) / (self._last - self._first)
