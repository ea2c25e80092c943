"""What really happened in a run, in figures and in one word."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from components.streaming.faults import Fault


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
    """How reading ended. `closed_after`: seconds from Stop until the connection was closed, if it was."""

    outcome: Outcome
    fault: Fault | None
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


# Chunks closer than this on average, after a wait that dwarfs them all, were held back by someone.
HELD_BACK_GAP = 0.001
HELD_BACK_RATIO = 20


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
        self._with_text = 0
        self._longest_gap = 0.0

    def start(self, setup: float) -> None:
        """A request is about to be sent; `setup` seconds went into preparing it."""
        self.attempts += 1
        self.setup += setup
        if self._started is None:
            self._started = time.perf_counter()

    def add(self, chunks: Iterable[tuple[float, str]]) -> None:
        for arrival, text in chunks:
            self.chunks += 1
            if not text:
                continue
            self.characters += len(text)
            self._with_text += 1
            if self._first is None:
                self._first = arrival
            else:
                self._longest_gap = max(self._longest_gap, arrival - self._last)
            self._last = arrival

    def report(self, *, method: str, ending: Ending, stopped: bool) -> Report:
        now = time.perf_counter()
        started = now if self._started is None else self._started
        finished = ending.fault is None and not stopped and self._first is not None
        return Report(
            method=method,
            verdict=self._verdict(ending.fault, stopped),
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

    def _verdict(self, fault: Fault | None, stopped: bool) -> Verdict:
        if stopped:
            return Verdict.STOPPED
        if fault is not None:
            return Verdict.CUT_OFF if fault.kind == "cut_off" else Verdict.FAILED
        return Verdict.ONE_PIECE if self._came_at_once() else Verdict.STREAMED

    def _came_at_once(self) -> bool:
        if self._with_text < 2 or self._first is None or self._started is None:
            return True
        spread = self._last - self._first
        waited = self._first - self._started
        return spread < HELD_BACK_GAP * (self._with_text - 1) and waited > HELD_BACK_RATIO * spread

    def _rate(self, outcome: Outcome) -> float | None:
        if outcome.output_tokens is None or self._first is None or self._last <= self._first:
            return None
        return (outcome.output_tokens - 1) / (self._last - self._first)
