"""What really happened in a run, in figures and in one word."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from components.streaming.faults import Fault
from components.streaming.parts import Chunk
from components.streaming.wire import Wire


class Verdict(StrEnum):
    STREAMED = "streamed"
    THOUGHT = "thought_then_streamed"
    ONE_PIECE = "one_piece"
    CUT_OFF = "cut_off"
    STOPPED = "stopped"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the model itself said at its end; `finish_reason` is in OpenAI's words, "" if it gave none.

    `output_tokens` are all that it wrote, `reasoning_tokens` those of them that it thought. None: not told.
    """

    finish_reason: str = ""
    input_tokens: int | None = None
    output_tokens: int | None = None
    reasoning_tokens: int | None = None


@dataclass(frozen=True, slots=True)
class Ending:
    """How reading ended. `stopped`: by Stop; one that came after the end changes nothing.

    `closed_after`: seconds from Stop until the connection was closed, if it was. `wire`: what only it says.
    """

    outcome: Outcome
    fault: Fault | None
    stopped: bool
    closed_after: float | None
    wire: Wire | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """Times in seconds. `first_byte`, `first_thought`, `first_token`: from before the first request to the
    first byte of a reply, the first of what the model thought, the first text that isn't blank.

    `setup`: importing the SDK and opening the connection, before the first request. `longest_gap`:
    between two chunks with something in them. `thinking`: from the first thought to the last.
    `closed_after`: from Stop until the model's connection was closed; None when the run was not stopped, or
    when it could not be closed. `tokens_per_second`, `thoughts_per_second`: the model's tokens of text and of
    thinking after the first, over the time from the first to the last of that kind; None where they can't be
    told. `notes`: pairs of what else has to be said, and of what; see `Wire`.
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

    @property
    def whole(self) -> bool:
        """Nothing failed, and nobody stopped it."""
        return self.fault is None and self.verdict != "stopped"


# A reader that waits less than this for a chunk on average, after a long wait for the first, reads what
# someone held back. Its own work doesn't count: `astream_events` needs more than a millisecond a chunk.
HELD_BACK_GAP = 0.002
HELD_BACK_WAIT = 0.25
HELD_BACK_RATIO = 5
# Seconds. What came within less came in one go, and its rate is the network's.
RATED = 0.02


@dataclass(slots=True)
class _Span:
    """The chunks of one kind that had something in them, in `time.perf_counter()` seconds."""

    chunks: int = 0
    first: float | None = None
    last: float = 0.0

    def add(self, at: float) -> None:
        self.chunks += 1
        self.first = at if self.first is None else self.first
        self.last = at

    @property
    def seconds(self) -> float:
        return 0.0 if self.first is None else self.last - self.first

    def rate(self, tokens: int | None) -> float | None:
        """Tokens a second after the first."""
        return (tokens - 1) / self.seconds if tokens and self.seconds > RATED else None


@dataclass(slots=True)
class Meter:
    """Fed with arrivals, in `time.perf_counter()` seconds; asked once at the end."""

    characters: int = 0
    setup: float = 0.0
    attempts: int = 0
    _started: float | None = None
    _all: _Span = field(default_factory=_Span)
    _text: _Span = field(default_factory=_Span)
    _thought: _Span = field(default_factory=_Span)
    # The first text that is more than white space.
    _first: float | None = None
    _busy: float = 0.0
    _idle: float = 0.0
    _late: float = 0.0
    _longest_gap: float = 0.0

    @property
    def chunks(self) -> int:
        return self._all.chunks

    @property
    def started(self) -> float:
        """When the first request was sent, if it was."""
        return self._started or 0.0

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
        for chunk in chunks:
            if not chunk.some:
                continue
            at = chunk.at
            if self._all.first is not None:
                gap = at - self._all.last
                self._longest_gap = max(self._longest_gap, gap)
                self._idle += max(0.0, gap - (chunk.busy - self._busy))
            self._all.add(at)
            self._busy = chunk.busy
            if chunk.kind == "reasoning":
                self._thought.add(at)
            elif chunk.kind in ("text", "line"):
                self._text.add(at)
                self.characters += len(chunk.text)
                if self._first is None and not chunk.text.isspace():
                    self._first = at

    def report(self, *, method: str, ending: Ending, notes: tuple[tuple[str, str], ...] = ()) -> Report:
        now = time.perf_counter()
        started = now if self._started is None else self._started
        finished = ending.fault is None and not ending.stopped and self._all.first is not None
        wire = ending.wire
        text_rate, thought_rate = self._rates(ending.outcome)
        return Report(
            method=method,
            verdict=self._verdict(ending),
            outcome=ending.outcome,
            fault=ending.fault,
            chunks=self.chunks,
            characters=self.characters,
            setup=self.setup,
            first_token=_since(started, self._first),
            longest_gap=self._longest_gap,
            seconds=(self._all.last if finished else now) - started,
            tokens_per_second=text_rate,
            attempts=self.attempts,
            closed_after=ending.closed_after,
            first_byte=_since(started, wire.first_byte if wire is not None else None),
            first_thought=_since(started, self._thought.first),
            thinking=self._thought.seconds,
            thoughts=self._thought.chunks,
            thoughts_per_second=thought_rate,
            notes=(*(wire.notes if wire is not None else ()), *notes),
        )

    def _verdict(self, ending: Ending) -> Verdict:
        if ending.stopped:
            return Verdict.STOPPED
        if ending.fault is not None:
            return Verdict.CUT_OFF if ending.fault.kind == "cut_off" else Verdict.FAILED
        if self._came_at_once():
            return Verdict.ONE_PIECE
        return Verdict.THOUGHT if self._thought.chunks else Verdict.STREAMED

    def _came_at_once(self) -> bool:
        if self._all.chunks < 2 or self._all.first is None or self._started is None:
            return True
        waited = self._all.first - self._started
        # On a loop that many runs share a reader never waits either, but then it reads for long.
        # And what came while nobody here could look has come at once, whoever sent it.
        missed = max(self._idle, self._late)
        long = waited > max(HELD_BACK_WAIT, HELD_BACK_RATIO * missed, self._all.seconds)
        return long and self._idle < HELD_BACK_GAP * (self._all.chunks - 1)

    def _rates(self, outcome: Outcome) -> tuple[float | None, float | None]:
        """Of text and of thinking. Where the model thought, but doesn't tell how much, neither can be told
        apart: then the first is of all that it wrote.
        """
        wrote, thought = outcome.output_tokens, outcome.reasoning_tokens
        if wrote is None:
            return None, None
        if self._thought.chunks and thought is None:
            return self._all.rate(wrote), None
        return self._text.rate(wrote - (thought or 0)), self._thought.rate(thought)


def _since(started: float, at: float | None) -> float | None:
    return None if at is None else at - started
