"""What really happened in a run, in figures and in one word: folded from its records, one after the other."""

from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Final

from components.streaming.records import Chunk, Ending, Event, Outcome, Phase, Read, Record, Seen, Sent
from components.streaming.report import UNTIMED, Holder, Report, Span, Stage, Verdict

# Seconds that a chunk may wait for its frame: frames are paced.
PACE = 0.1
# Seconds: what came later to the page than that was held on its way. It is told of at least so many frames,
# the latest of which was so late: less is how any network is.
LATE, LATEST, FEWEST = 0.25, 0.5, 3


class Holds:
    """Who was waited for how long at the most: whose turn it is passes from one to the other."""

    def __init__(self) -> None:
        self._longest: dict[Holder, float] = {}
        # Before the first chunk.
        self._first: dict[Holder, float] = {}
        self._since = 0.0
        self._by_model = False
        self._wired = False
        self._unseen: float | None = None
        # When each frame was sent.
        self._sent = array("d")

    def asks(self, at: float) -> None:
        """A request begins: what came before was LangChain's."""
        self._pass(at, "langchain", by_model=True)

    def reads(self, at: float) -> None:
        """The model has sent something of a reply."""
        self._wired = True
        if self._by_model:
            self._pass(at, "model", by_model=False)

    def gives(self, at: float, *, first: bool) -> None:
        """LangChain has given a chunk."""
        self._pass(at, "langchain" if self._wired else "model", by_model=True)
        if first:
            self._first, self._longest = self._longest, {}
        if self._unseen is None:
            self._unseen = at

    def shows(self, at: float, seconds: float) -> None:
        """A reader has taken a frame."""
        self._sent.append(at - seconds)
        if self._unseen is not None:
            self._add("server", at - seconds - self._unseen - PACE)
        self._add("reader", seconds)
        self._unseen = None

    def late(self, frames: Iterable[tuple[int, float, float]], busy: float) -> tuple[int, float]:
        """How many frames were held on the way to the page, and how long at the longest.

        `frames`: as the page saw them. It held them itself where it was `busy` for most of that.
        """
        late = [came - self._sent[number - 1] for number, came, _ in frames if number <= len(self._sent)]
        longest = max(late, default=0.0)
        held = sum(seconds > LATE for seconds in late)
        told = held >= FEWEST and longest > max(LATEST, 2 * busy)
        return (held, longest) if told else (0, 0.0)

    def begins(self, at: float) -> None:
        """An attempt: whatever a chain does before it asks its model is LangChain's."""
        self._since, self._by_model = at, False

    def longest(self, late: float, *, wait: bool) -> Holder:
        """`wait`: the one for the first chunk counts too; `late`: seconds of it that were this server's."""
        held = dict(self._longest)
        if wait or not held:
            first = {**self._first, "server": max(late, self._first.get("server", 0.0))}
            first["model"] = first.get("model", 0.0) - late
            held = {by: max(first.get(by, 0.0), held.get(by, 0.0)) for by in {**first, **held}}
        return max(held, key=lambda by: held[by], default="") if any(held.values()) else ""

    def _pass(self, at: float, by: Holder, *, by_model: bool) -> None:
        self._add(by, at - self._since)
        self._since, self._by_model = at, by_model

    def _add(self, by: Holder, seconds: float) -> None:
        if seconds > self._longest.get(by, 0.0):
            self._longest[by] = seconds


# A reader that waits less than this for a chunk on average, after a long wait for the first, reads what
# someone held back. Its own work doesn't count: `astream_events` needs more than a millisecond a chunk.
HELD_BACK_GAP = 0.002
HELD_BACK_WAIT = 0.25
HELD_BACK_RATIO = 5
# Seconds. What came within less came in one go, and its rate is the network's.
RATED = 0.02
MOST_SPANS: Final = 200
STAGES: Final[dict[str, Stage]] = {
    "opening": "connecting",
    "connecting": "connecting",
    "sent": "waiting",
    "headers": "waiting",
    "progress": "reading",
    "retry": "retrying",
}


@dataclass(slots=True)
class _Arrivals:
    """The chunks of one kind that had something in them."""

    chunks: int = 0
    first: float | None = None
    last: float = 0.0
    paused: float = 0.0

    def pause(self, seconds: float) -> None:
        """Nothing was to come in that time."""
        if self.first is not None:
            self.last, self.paused = self.last + seconds, self.paused + seconds

    def add(self, at: float) -> None:
        self.chunks += 1
        self.first = at if self.first is None else self.first
        self.last = at

    @property
    def seconds(self) -> float:
        return 0.0 if self.first is None else self.last - self.first - self.paused

    def rate(self, tokens: int | None) -> float | None:
        """Tokens a second after the first."""
        if tokens is None or tokens < 1 or self.seconds <= RATED:
            return None
        return (tokens - 1) / self.seconds


@dataclass(slots=True)
class Meter:
    """Fed with every record of a run in their order; has its report once the last one, its end, has come."""

    method: str
    report: Report | None = None
    attempts: int = 0
    characters: int = 0
    latest: Phase | None = None
    _setup: float = 0.0
    # When the first request was sent.
    started: float | None = None
    _all: _Arrivals = field(default_factory=_Arrivals)
    _text: _Arrivals = field(default_factory=_Arrivals)
    _thought: _Arrivals = field(default_factory=_Arrivals)
    _first_byte: float | None = None
    _wire: _Arrivals = field(default_factory=_Arrivals)
    # The first text that is more than white space.
    _first: float | None = None
    _heard: bool = False
    _busy: float = 0.0
    _idle: float = 0.0
    _late: float = 0.0
    _asked: float = 0.0
    _cpu: float | None = None
    _longest_gap: float = 0.0
    _dialling: bool = False
    # So far; the last one lasts.
    phases: tuple[Span, ...] = ()
    _holds: Holds = field(default_factory=Holds)

    @property
    def chunks(self) -> int:
        return self._all.chunks

    def feed(self, record: Record) -> None:
        """Nothing changes after the end, but for what the page says of it."""
        if self.report is not None:
            if isinstance(record, Seen) and self.report.held_by != "server":
                held, longest = self._holds.late(record.frames, record.busy)
                self.report = replace(self.report, held_frames=held, held_back=longest)
            return
        match record:
            case Event():
                pass  # most records of a run that has them; no figure counts them
            case Chunk():
                self._chunk(record)
            case Read():
                self._read(record)
            case Sent():
                self._holds.shows(record.at, record.seconds)
            case Phase():
                self._phase(record)

    def _chunk(self, chunk: Chunk) -> None:
        # The model's own words count where the chain's are not all asked for.
        self._heard = self._heard or chunk.heard
        if not chunk.some or (chunk.kind in ("text", "line") and chunk.heard != self._heard):
            return
        at = chunk.at
        self._holds.gives(at, first=self._all.first is None)
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
        self._enter("thinking" if chunk.kind == "reasoning" else "writing", at)

    def _read(self, read: Read) -> None:
        if self._first_byte is None:
            self._first_byte = read.at
        if read.content:
            self._wire.add(read.at)
            self._holds.reads(read.at)

    def _phase(self, phase: Phase) -> None:
        at, name, self.latest = phase.at, phase.phase, phase
        if name == "end" and phase.ending is not None:
            self._end(at, phase.ending)
            return
        if name == "queued" and phase.place:
            self._enter("queued", at)
        elif name == "attempt":
            self._begin(at, phase.seconds or 0.0)
        elif name == "asking":
            self._asked = at
        elif name == "answered":
            self._holds.begins(at)
            for arrivals in (self._all, self._text, self._thought):
                arrivals.pause(at - self._asked)
        elif name == "late":
            self._late += phase.seconds or 0.0
            self._cpu = self._cpu if phase.cpu is None else (self._cpu or 0.0) + phase.cpu
        elif name in {"connecting", "sent"}:
            if not self._dialling:
                self._holds.asks(at)
            self._dialling = name == "connecting"
        # One that is asked once more in mid-reply, as after a tool's answer, goes on.
        if (stage := STAGES.get(name)) is not None and not (self._all.chunks and name == "headers"):
            self._enter(stage, at)

    def _begin(self, at: float, setup: float) -> None:
        self.attempts += 1
        self._setup += setup
        self._first_byte = None
        self._wire = _Arrivals()
        self._dialling = False
        self.started = at if self.started is None else self.started
        self._holds.begins(at)

    def _enter(self, stage: Stage, at: float) -> None:
        if self.phases and (self.phases[-1].name == stage or len(self.phases) == MOST_SPANS):
            return
        self._leave(at)
        self.phases = (*self.phases, Span(stage, at))

    def _leave(self, at: float) -> None:
        if self.phases:
            last = self.phases[-1]
            self.phases = (*self.phases[:-1], replace(last, seconds=at - last.at))

    def _end(self, at: float, ending: Ending) -> None:
        started = at if self.started is None else self.started
        finished = ending.fault is None and not ending.stopped and self._all.first is not None
        text_rate, thought_rate = self._rates(ending.outcome)
        verdict = self._verdict(ending)

        def since(at: float | None) -> float | None:
            return None if at is None or UNTIMED in ending.notes else at - started

        self._leave(at)
        self.report = Report(
            method=self.method,
            verdict=verdict,
            outcome=ending.outcome,
            fault=ending.fault,
            chunks=self.chunks,
            characters=self.characters,
            setup=self._setup,
            first_token=since(self._first),
            longest_gap=self._longest_gap,
            seconds=(self._all.last if finished else at) - started,
            tokens_per_second=text_rate,
            attempts=self.attempts,
            closed_after=ending.closed_after,
            first_byte=since(self._first_byte),
            first_thought=since(self._thought.first),
            thinking=self._thought.seconds,
            thoughts=self._thought.chunks,
            thoughts_per_second=thought_rate,
            notes=ending.notes,
            phases=self.phases,
            held_by=self._holds.longest(self._late, wait=verdict == Verdict.ONE_PIECE) if self.chunks else "",
            server_cpu=self._cpu,
        )

    def _verdict(self, ending: Ending) -> Verdict:
        if ending.stopped:
            return Verdict.STOPPED
        if ending.fault is not None:
            return Verdict.CUT_OFF if ending.fault.kind == "cut_off" else Verdict.FAILED
        if UNTIMED in ending.notes and self._all.chunks > 1:
            return Verdict.COMPLETE
        if self._came_at_once():
            return Verdict.ONE_PIECE
        return Verdict.THOUGHT if self._thought.chunks else Verdict.STREAMED

    def _came_at_once(self) -> bool:
        if self._all.chunks < 2 or self._all.first is None or self.started is None:
            return True
        waited = self._all.first - self.started
        # On a loop that many runs share a reader never waits either, but then it reads for long.
        # And what came while nobody here could look has come at once, whoever sent it.
        # Where all of it was here, and LangChain took its time, the wire says so.
        idle = min(self._idle, self._wire.seconds) if self._wire.chunks else self._idle
        missed = max(idle, self._late)
        long = waited > max(HELD_BACK_WAIT, HELD_BACK_RATIO * missed, self._all.seconds)
        return long and idle < HELD_BACK_GAP * (self._all.chunks - 1)

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
