"""What a trace is made of: records of four lanes, each `at` so many seconds after the trace began.

The last says how the model ended: in OpenAI's words, whatever the provider's are.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Annotated, Any, ClassVar, Final, Literal, get_args

import orjson
from annotated_types import Ge, Le, MaxLen

from components.streaming.faults import Fault

Lane = Literal["wire", "chunk", "event", "frame"]
# A year: what a clock of ours never says.
LONGEST_RUN: Final = 366 * 24 * 3600.0
Seconds = Annotated[float, Ge(0), Le(LONGEST_RUN)]
# Characters of an event's, run's or tag's name, and items of a list of them.
LONGEST_NAME: Final = 1000
MOST_NAMES: Final = 1000
Name = Annotated[str, MaxLen(LONGEST_NAME)]
Names = Annotated[list[Name], MaxLen(MOST_NAMES)]
# A line is what a chain or a lesson shows apart from all that came before it.
PartKind = Literal["text", "line", "reasoning", "tool_call"]
PhaseName = Literal[
    "queued",  # `place`: in the line of runs that wait
    "opening",  # the provider's SDK is imported and a client made
    "attempt",  # a request is about to be made; `seconds`: that opening took
    "connecting",
    "connected",
    "sent",  # the request
    "headers",  # `status`
    "progress",  # the model reads the prompt: `done` of `total` tokens
    "late",  # this process came so many `seconds` too late; a server of ours used `cpu` of a processor
    "retry",  # attempt number `attempt` begins in `seconds`, because of `fault`
    "asking",  # the run's reader, whether to go on
    "answered",
    "stop",
    "end",  # `ending`
]


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

    `closed_after`: seconds from Stop until the connection was closed, if it was. `notes`: pairs of what was
    done to the request so that the server takes it, such as ("left_out", "temperature"), and of what else
    has to be said.
    """

    outcome: Outcome
    fault: Fault | None
    stopped: bool
    closed_after: float | None
    notes: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True)
class Read:
    """Bytes came over the connection. `content`: there was something of a reply in them."""

    lane: ClassVar[Lane] = "wire"
    at: Seconds
    size: int
    content: bool


@dataclass(slots=True)
class Phase:
    """A step of the connection, or of the run around it."""

    lane: ClassVar[Lane] = "wire"
    at: Seconds
    phase: PhaseName
    seconds: float | None = None
    place: int | None = None
    attempt: int | None = None
    status: int | None = None
    done: int | None = None
    total: int | None = None
    fault: Fault | None = None
    ending: Ending | None = None
    cpu: float | None = None


@dataclass(slots=True)
class Chunk:
    """A piece of a reply. `busy`: seconds its reader hasn't waited.

    Of a tool call `text` is a piece of its arguments, `name` stands in the first, and `call` tells calls
    apart; of thoughts, it tells replies apart. `heard`: said by the model of a run whose text was not all
    asked for.
    """

    lane: ClassVar[Lane] = "chunk"
    at: Seconds
    busy: float
    text: str
    kind: PartKind = "text"
    name: str = ""
    call: int = 0
    heard: bool = False

    @property
    def some(self) -> bool:
        return bool(self.text or self.name)

    @property
    def begins(self) -> bool:
        """Whether it is the first of a part, whatever came before it."""
        return bool(self.name) or self.kind == "line"


class Written:
    """`line`: as it stands in a run file, or could. No field: it is no part of itself."""

    __slots__ = ("line",)
    line: bytes

    def written(self, line: bytes) -> None:
        self.line = line


@dataclass(slots=True)
class Event(Written):
    """An event of `astream_events`, its members as LangChain gave them, then as JSON data."""

    lane: ClassVar[Lane] = "event"
    at: Seconds
    event: Name
    name: Name
    run_id: Name
    parent_ids: Names
    tags: Names
    metadata: dict[str, Any]
    data: Any


@dataclass(slots=True)
class Sent:
    """A frame of `chunks` chunks so far that the reader has taken, which took `seconds`."""

    lane: ClassVar[Lane] = "frame"
    at: Seconds
    seconds: float
    chunks: int


@dataclass(slots=True)
class Seen:
    """What the page says at a run's end: the number of each frame, when it had it, and had painted it.

    On the run's clock, as if the frame that was quickest on its way had needed no time: two clocks can't be
    compared, their gaps can. `busy`: seconds for which the page itself could not look.
    """

    lane: ClassVar[Lane] = "frame"
    at: Seconds
    frames: Annotated[tuple[tuple[Annotated[int, Ge(1)], Seconds, Seconds], ...], MaxLen(20_000)]
    busy: Seconds


Record = Read | Phase | Chunk | Event | Sent | Seen
_PHASE: Final = tuple(field.name for field in fields(Phase))
_BEGINS: Final = {lane: b'{"lane":"%b",' % lane.encode() for lane in get_args(Lane)}


def line_of(record: Record) -> bytes:
    """As it stands in a run file."""
    told: Any = record
    if isinstance(record, Phase):
        told = {name: value for name in _PHASE if (value := getattr(record, name)) is not None}
    # A copy: what orjson gives keeps all the room it was written in, two kilobytes for a word.
    return _BEGINS[record.lane] + orjson.dumps(told, option=orjson.OPT_APPEND_NEWLINE)[1:]


# Ends that are no end of a reply, by what their words hold.
_ABNORMAL: Final = re.compile(
    r"error|abort|cancel|fail|insufficient|time|malformed|missing|unexpected|too_many|interrupt|preempt|kill|overload"
    r"|unavail|reject|denied|unload|repeti|network|rate_?limit|exhaust|(^|_)(other|language)$|^no_"
)
# The providers' words for the same ends, by what they hold; the first row counts.
_WORDS: Final[Mapping[str, re.Pattern[str]]] = {
    "content_filter": re.compile(
        r"filter|safety|recitation|block|prohibited|spii|sensitive|refus|armor|guardrail|moderat|harm|toxic|flag"
    ),
    "": _ABNORMAL,
    "length": re.compile(r"length|max_|limit|context|incomplete|truncat|budget"),
    "tool_calls": re.compile(r"tool|function"),
    "stop": re.compile(r"^(stop|eos|eot|(im_)?end|complete|done|finish)"),
}
_NONE: Final = frozenset({"", "null", "none", "nil", "unspecified", "unknown", "undefined", "in_progress"})


def is_abnormal(reason: str) -> bool:
    """Whether it says that something went wrong."""
    return _ABNORMAL.search(reason) is not None


def reason_in(*told: Mapping[str, Any] | None) -> str:
    """The finish reason in a chunk's or a message's metadata; "" for none."""
    for metadata in filter(None, told):
        # Responses say that a reply is incomplete, and elsewhere why.
        for name in ("incomplete_details", "finish_reason", "stop_reason", "status"):
            if given := metadata.get(name):
                reason = given.get("reason", given.get("type")) if isinstance(given, Mapping) else given
                if word := _word(reason):
                    return word
    return ""


def worst(reasons: Iterable[str]) -> str:
    """Of several calls' reasons the one that a reader has to know of, else the last."""
    given = list(reasons)
    for bad in (is_abnormal, "content_filter".__eq__, "".__eq__, "length".__eq__):
        if found := [reason for reason in given if bad(reason)]:
            return found[-1]
    return given[-1] if given else ""


def _word(given: object) -> str:
    word = re.sub(r"\W+", "_", str(getattr(given, "name", given) or "").lower()).strip("_")
    word = re.sub(r"^finish_?reason_", "", word)
    if word in _NONE:
        return ""
    return next((ours for ours, words in _WORDS.items() if words.search(word)), word) or word
