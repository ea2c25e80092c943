"""A run as it happened: the records of four lanes on one clock, and what is known of it before."""

import errno
import os
import platform
import sys
import time
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import UTC, datetime
from functools import cache, partial
from importlib.metadata import PackageNotFoundError, version
from io import FileIO
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import orjson
from annotated_types import MaxLen
from typing_extensions import TypedDict

from components.streaming.frame import Frame, Reply
from components.streaming.records import Ending, Event, Phase, PhaseName, Record, Seen, line_of
from components.streaming.report import Report
from components.streaming.trace.encoder import LONGEST_LINE, Encoder

if TYPE_CHECKING:
    from components.streaming.connection import Request

FORMAT: Final = "streaming-lab-run"
VERSION: Final = 2
# Packages whose version a run depends on, besides its provider's.
_PACKAGES: Final = ("langchain-core", "langgraph", "langchain")
Word = Annotated[str, MaxLen(500)]
# Of one filter, and characters of one value.
MOST_VALUES = 50
LONGEST_VALUE = 1000

Names = Annotated[Sequence[Annotated[str, MaxLen(LONGEST_VALUE)]], MaxLen(MOST_VALUES)]


class Asked(TypedDict, total=False):
    """Filters by a run's name, type and tags, as `astream_events` takes them. Empty, nothing is left out.

    LangChain keeps an event that any of the includes names (all, without includes) and no exclude does.
    The first event it gives carries the chain's input, whichever run it is of.
    """

    include_names: Names
    include_types: Names
    include_tags: Names
    exclude_names: Names
    exclude_types: Names
    exclude_tags: Names


@dataclass(frozen=True, slots=True)
class About:
    """What the one who starts a run knows of it; names as the page shows them. `packages`: the provider's.

    `dialect`: of the wire, of a provider that speaks several. `method`: how the chain is read.
    """

    provider: Word = ""
    model: Word = ""
    chain: Word = ""
    packages: tuple[str, ...] = field(default=(), compare=False)
    dialect: Word = ""
    method: Word = ""

    @property
    def known(self) -> dict[str, str]:
        """What sentences about a fault need and the fault itself doesn't know."""
        return {"provider": self.provider, "model": self.model, "method": self.method}


@dataclass(frozen=True, slots=True, kw_only=True)
class Header(About):
    """`input`: the chain's input as JSON data. `started`: UTC, ISO 8601. `versions`: by package name."""

    method: Word
    asked: Asked
    started: Word
    versions: Mapping[str, Word] = field(default_factory=dict)
    input: Any = None


def _versions(packages: Iterable[str]) -> dict[str, str]:
    """Of Python and of the packages in use, `packages` among them."""
    used = [name for name in _PACKAGES if name.replace("-", "_") in sys.modules]
    known = {name: _version(name) for name in (*used, *packages)}
    return {"python": platform.python_version()} | {name: found for name, found in known.items() if found}


@cache
def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


_MEMBERS: Final = itemgetter(*(member.name for member in fields(Event) if member.name != "at"))
_FULL: Final = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class Trace:
    """One run's. `path`: the run file that is written as the run goes, or None.

    A record costs who makes it one `add`, from any thread. On the event loop `frame` strikes secrets out of
    what is new, folds it into the report and writes it. `secrets`: what is to be struck out so far.
    `trouble`: why the file isn't whole, "", "disk_full" or "unwritable"; the run goes on.
    """

    def __init__(
        self, about: About | None = None, *, asked: Asked | None = None, path: Path | None = None
    ) -> None:
        self.about = about or About()
        self.asked: Asked = asked or {}
        self.path = path
        self.trouble = ""
        self.reply = Reply("")
        # The last that left; no part of the file.
        self.request: Request | None = None
        self._encoder = Encoder()
        self._file: FileIO | None = None
        # To be written, None once nothing is any more. They wait for the header, which waits until the
        # secrets are known.
        self._lines: list[bytes] | None = None if path is None else []
        self._headed = False
        self._new: deque[Record] = deque()
        self._last = 0.0
        # Where the report stands in the file, until the page has told of the run.
        self._end: int | None = None
        self._began = time.perf_counter()

    @property
    def report(self) -> Report | None:
        """None before the run's end."""
        return self.reply.meter.report

    @property
    def secrets(self) -> tuple[str, ...]:
        return self._encoder.secrets

    def now(self) -> float:
        """Seconds since the trace began, to the microsecond."""
        return round(time.perf_counter() - self._began, 6)

    def start(self, method: str) -> None:
        """The run begins, and the clock with it."""
        self.reply = Reply(method)
        self.about = replace(self.about, method=method)
        self._began = time.perf_counter()

    def add(self, record: Record) -> None:
        self._new.append(record)

    def phase(self, name: PhaseName, **told: Any) -> None:
        self.add(Phase(self.now(), name, **told))

    def event(self, event: Any) -> None:
        """As `astream_events` gives it. Nobody can change a text any more; a step may go on with an object
        that another event holds, so that its JSON data is made at once.
        """
        self.add(Event(self.now(), *_MEMBERS(event)))
        chunk = event["data"].get("chunk") if event["event"].endswith("_stream") else None
        if type(chunk).__name__ not in {"str", "AIMessageChunk"}:
            self.settle()

    def attempt(self, number: int, seconds: float, secrets: Iterable[str], value: Any) -> None:
        """A request is about to be made, for which opening took `seconds`; `value`: the chain's input."""
        self.settle()
        self._encoder = Encoder((*self.secrets, *secrets))
        self._head(value)
        self.phase("attempt", attempt=number, seconds=round(seconds, 6))

    def end(self, ending: Ending) -> None:
        """Nothing more comes."""
        self.settle()
        self.phase("end", ending=replace(ending, notes=(*ending.notes, *self.reply.notes)))
        self._head(None)
        self.settle()
        self._end = self._file.tell() if self._file else 0
        self._write(_line(self.report))
        self._let_go()

    def seen(self, by_page: Seen) -> Report | None:
        """Join what the page says of a run that has ended, once; its report then."""
        if self.report is None or self._end is None:
            return None
        end, self._end = self._end, None
        by_page.at = self._last
        self.reply.meter.feed(by_page)
        if self.path is not None and not self.trouble:
            with suppress(FileNotFoundError), self.path.open("r+b") as file:  # it may be gone
                file.seek(end)
                file.truncate()
                file.write(line_of(by_page) + _line(self.report))
        return self.report

    def close(self) -> None:
        """Let go of the file as it is: without an `end` its run never ended."""
        self._head(None)
        self.settle()
        self._let_go()

    def frame(self) -> Frame:
        """What is new since the frame before, and all of the reply so far."""
        self.settle()
        return self.reply.frame(self.now(), unrecorded=self.trouble)

    def settle(self) -> None:
        """Take what was added into the report and the file."""
        while self._new and self.report is None:
            record = self._new.popleft()
            # Two threads may stamp at once; a clock that went back would be no clock.
            self._last = record.at = max(record.at, self._last)
            self._encoder.strike(record)
            self.reply.feed(record)
            if self._lines is not None:
                self._lines.append(record.line if isinstance(record, Event) else line_of(record))
        self._write()

    def _head(self, value: Any) -> None:
        if self._headed or self._lines is None:
            return
        self._headed = True
        header = {
            "format": FORMAT,
            "version": VERSION,
            **{name: told for name, told in asdict(self.about).items() if name != "packages"},
            "asked": self.asked,
            "started": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "versions": _versions(self.about.packages),
            "input": value,
        }
        header = self._encoder.safe(header)
        line = orjson.dumps(header)
        if len(line) > LONGEST_LINE:
            line = orjson.dumps({**header, "input": None})
        self._lines.insert(0, line + b"\n")

    def _write(self, *more: bytes) -> None:
        """Hand the lines to the system at once: what is written outlives the process."""
        if self.path is None or not self._headed or self._lines is None:
            return
        lines = b"".join((*self._lines, *more))
        self._lines.clear()
        try:
            if self._file is None:
                # It holds what someone asked a model: for their eyes.
                self._file = FileIO(self.path, "w", opener=partial(os.open, mode=0o600))
            while lines:
                lines = lines[self._file.write(lines) :]
        except OSError as error:
            self.trouble = "disk_full" if error.errno in _FULL else "unwritable"
            self._let_go()

    def _let_go(self) -> None:
        """Nothing more is written."""
        self._lines = None
        if self._file is not None:
            self._file.close()
            self._file = None


def _line(report: Report | None) -> bytes:
    return orjson.dumps({"report": report}) + b"\n"


def seen_by_page(frames: Any, busy: Any) -> Seen | None:
    """What a page says of its run; None for what no page of ours does."""
    from pydantic import ValidationError

    try:
        seen: Seen = adapter(Seen).validate_python({"at": 0.0, "frames": frames, "busy": busy})
    except ValidationError:
        return None
    return seen


@cache
def adapter(kind: type) -> Any:
    from pydantic import TypeAdapter

    return TypeAdapter(kind)
