"""Reads a run file: what can be read of it, and what is wrong with the rest."""

import gzip
import zlib
from codecs import BOM_UTF8
from collections.abc import Generator, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from io import BufferedReader
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, Final, Literal

import orjson

from components.streaming.meter import Meter
from components.streaming.records import Chunk, Event, Phase, Read, Record, Seen, Sent
from components.streaming.report import Report
from components.streaming.text import text_of_data
from components.streaming.trace.encoder import LONGEST_LINE
from components.streaming.trace.trace import FORMAT, VERSION, Header, adapter

BadFileKind = Literal[
    "unreadable",  # there is no such file, or it can't be read
    "empty",
    "foreign",  # its first line is not a run file's header: another kind of file, or binary
    "newer",  # a later version of the format: params["version"], params["known"]
    "too_large",  # refused before reading: params["megabytes"], params["limit"]
    "long_line",  # params["line"], params["limit"] in megabytes
    "damaged",  # a line that isn't JSON: params["line"]
    "link_damaged",  # a piece is missing, or was changed
    "link_newer",  # of a later form
    "link_too_large",  # params["limit"], kilobytes
    "capture_too_large",  # of a stream that was captured: params["megabytes"], params["limit"]
    "capture_too_long",  # params["count"] and params["limit"], events
    "capture_foreign",  # of another kind of server: params["dialects"]
    "har_damaged",  # no JSON, or no HAR
    "har_without",  # a HAR without a stream
    "several",  # params["line"]: another run begins there
    "wrong_types",  # a line that is JSON, but no event of ours: params["line"], params["field"]
]


class BadRunFile(Exception):
    """`kind` with what the sentence about it needs; the words are the page's."""

    def __init__(self, kind: BadFileKind, **params: str) -> None:
        super().__init__(kind, params)
        self.kind: BadFileKind = kind
        self.params: Mapping[str, str] = params


# Bytes of an event of our own.
_LARGEST_OWN: Final = 100_000
_CHUNK: Final = b'{"lane":"chunk",'
_OWN: Final = frozenset({"lab_attempt", "lab_retry", "lab_end", "lab_failed", "lab_stopped"})


class Reading:
    """One way through a file, line by line. `report`: the one that is written there, in version 1."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.line = 0
        self.number = 0
        self.at = 0.0
        self.report: Report | None = None
        self._events = 0  # of version 1, so far
        self._version, self.header = self._header()

    def _header(self) -> tuple[int, Header]:
        line = self._next().removeprefix(BOM_UTF8)
        if not line:
            raise BadRunFile("empty")
        try:
            data = orjson.loads(line)
        except orjson.JSONDecodeError:
            raise BadRunFile("foreign") from None
        if not isinstance(data, dict) or data.get("format") != FORMAT:
            raise BadRunFile("foreign")
        version = data.get("version")
        if isinstance(version, bool) or not isinstance(version, int) or version < 1:
            raise BadRunFile("wrong_types", line="1", field="version")
        if version > VERSION:
            raise BadRunFile("newer", version=str(version)[:20], known=str(VERSION))
        return version, self._read(Header, line)

    def records(self) -> Iterator[Record]:
        """Raises BadRunFile: a line is damaged."""
        while line := self._next():
            if len(line) > LONGEST_LINE and not line.startswith(_CHUNK):
                raise BadRunFile("long_line", line=str(self.line), limit=f"{LONGEST_LINE / 1e6:.0f}")
            try:
                data = orjson.loads(line)
            except orjson.JSONDecodeError:
                if not line.endswith(b"\n"):
                    return  # its process ended in the middle of it
                raise BadRunFile("damaged", line=str(self.line)) from None
            if not isinstance(data, dict):
                raise self._wrong("event" if self._version == 1 else "lane")
            if data.get("format") == FORMAT:
                raise BadRunFile("several", line=str(self.line))
            if "report" in data:
                self._end(orjson.dumps(data["report"]))
                return
            for record in self._old(data, line) if self._version == 1 else [self._record(data, line)]:
                # Clocks may jump; a trace's doesn't go back.
                self.number, self.at = self.number + 1, max(self.at, record.at)
                record.at = self.at
                yield record

    def _record(self, data: dict[str, Any], line: bytes) -> Record:
        lane = data.get("lane")
        if lane == "event":
            return self._event(data, line)
        kinds: dict[Any, type] = {
            "wire": Read if "size" in data else Phase,
            "chunk": Chunk,
            "frame": Seen if "frames" in data else Sent,
        }
        if not isinstance(lane, str) or lane not in kinds:
            raise self._wrong("lane")
        record: Record = self._read(kinds[lane], line)
        return record

    def _event(self, data: dict[str, Any], line: bytes) -> Event:
        event: Event = self._read(Event, line)
        # What orjson reads it can write again; larger integers it could not.
        event.metadata, event.data = data["metadata"], data["data"]
        event.written(line)
        return event

    def _old(self, data: dict[str, Any], line: bytes) -> list[Record]:
        """Of version 1, which had nothing but events: numbered, and some of ours among LangChain's."""
        number = data.get("n")
        if isinstance(number, bool) or number != self._events + 1 or not isinstance(number, int):
            raise self._wrong("n")
        event = self._event(data, line)
        self._events, name, about = number, event.event, event.data
        if event.at < self.at:
            raise self._wrong("at")
        if name.startswith("lab_"):
            if name not in _OWN:
                raise self._wrong("event")
            if event.run_id or event.parent_ids:
                raise self._wrong("run_id")
            if not isinstance(about, dict) or len(line) > _LARGEST_OWN:  # rows carry it whole
                raise self._wrong("data")
        # The chain's own output is what its outermost run streams; the rest are its steps.
        elif not event.parent_ids and name.endswith("_stream") and isinstance(about, dict):
            text = text_of_data(about.get("chunk"))
            return [event, Chunk(event.at, 0.0, text)] if text else [event]
        return [event]

    def _end(self, data: bytes) -> None:
        report: Report = self._read(Report, data)
        if self._version == 1:
            self.report = report
        while line := self._next():
            if line.strip():
                kind: BadFileKind = "several" if FORMAT.encode() in line else "damaged"
                raise BadRunFile(kind, line=str(self.line))

    def _read(self, kind: type, line: bytes) -> Any:
        """What stands in a line. It may not hold more levels than pydantic and a browser can bear, 200."""
        from pydantic import ValidationError

        try:
            return adapter(kind).validate_json(line, strict=True)
        except ValidationError as error:
            [first, *_] = error.errors()
            nowhere = "data" if first["type"] == "json_invalid" else "report"
            raise self._wrong(str(next(iter(first["loc"]), nowhere))) from None

    def _wrong(self, name: str) -> BadRunFile:
        return BadRunFile("wrong_types", line=str(self.line), field=name)

    def _next(self) -> bytes:
        """The next line, cut where it is too long; nothing at the end. A chunk is as long as it came."""
        try:
            line = self._file.readline(LONGEST_LINE + 1)
            if line.startswith(_CHUNK) and not line.endswith(b"\n"):
                line += self._file.readline()
        except OSError:
            raise BadRunFile("unreadable") from None
        self.line += 1
        return line


MEGA: Final = 1_000_000
# Bytes. A chunk of a chain of three steps takes about two thousand.
LARGEST: Final = 100 * MEGA


# Bytes of the first line that are looked at, and how a compressed file begins.
_FIRST_LINE: Final = 100_000
_GZIP: Final = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class RunFile:
    """A run file that was read through once and is good, or good as far as `damage`.

    `count`: how many records there are. `seconds`: when the last came. `report` is None when the end isn't
    there: then the run never ended, its process did.
    """

    path: Path
    header: Header
    report: Report | None
    count: int
    seconds: float
    damage: BadRunFile | None = None

    def records(self) -> Generator[Record]:
        """Reads as it goes. Raises BadRunFile: the file has changed since."""
        with _open(self.path) as file:
            reading = Reading(file)
            yield from islice(reading.records(), self.count)
            if reading.number < self.count:
                raise BadRunFile("damaged", line=str(reading.line))


def copy_unpacked(path: Path, own: Path) -> None:
    """Write to `own` what is at `path`, which may be a pipe: of a compressed file what is in it, as far as it
    goes.

    Raises BadRunFile: it can't be read, or is too large.
    """
    try:
        with _open(path) if path.is_file() else path.open("rb") as file, own.open("wb") as out:
            packed, left = file.peek(2).startswith(_GZIP), LARGEST
            unpacked = gzip.GzipFile(fileobj=file) if packed else file
            with suppress(EOFError, gzip.BadGzipFile, zlib.error):  # cut off
                while piece := unpacked.read1(MEGA):
                    left -= out.write(piece)
                    if left < 0:
                        raise _too_large(f"> {LARGEST // MEGA}")
    except (OSError, ValueError):
        raise BadRunFile("unreadable") from None


def is_run_file(path: Path) -> bool:
    """Whether it begins as one, of any version, or can't be read."""
    try:
        with _open(path) as file:
            return FORMAT.encode() in file.readline(_FIRST_LINE)
    except BadRunFile:
        return True


def open_run_file(path: Path) -> RunFile:
    """Check the whole file; nothing in it is made anything but JSON data. Takes up to seconds.

    Raises BadRunFile: nothing of it can be used.
    """
    with _open(path) as file:
        reading, damage = Reading(file), None
        meter = Meter(reading.header.method)
        try:
            for record in reading.records():
                meter.feed(record)
        except BadRunFile as bad:
            damage = bad
        report = reading.report or meter.report
        return RunFile(path, reading.header, report, reading.number, reading.at, damage)


def _open(path: Path) -> BufferedReader:
    try:
        if not path.is_file():
            raise BadRunFile("unreadable")
        size = path.stat().st_size
        if size > LARGEST:
            raise _too_large(f"{size / MEGA:.0f}")
        return path.open("rb")
    except (OSError, ValueError):
        raise BadRunFile("unreadable") from None


def _too_large(megabytes: str) -> BadRunFile:
    return BadRunFile("too_large", megabytes=megabytes, limit=f"{LARGEST // MEGA}")
