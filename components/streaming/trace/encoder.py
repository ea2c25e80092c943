"""Records as they are kept and written: JSON data, and no secrets in it."""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from operator import is_
from typing import Annotated, Any, Final

import orjson
from annotated_types import MaxLen
from typing_extensions import TypedDict

from components.streaming.records import Chunk, Event, Phase, Record
from components.streaming.redact import KnownSecrets
from components.streaming.text import sendable
from components.streaming.trace.plain import Plain

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


def header_of(about: About, asked: Asked, value: Any) -> dict[str, Any]:
    """What stands in the first line of a run that begins now; `value`: its input."""
    return {
        "format": FORMAT,
        "version": VERSION,
        **{name: told for name, told in asdict(about).items() if name != "packages"},
        "asked": asked,
        "started": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "versions": _versions(about.packages),
        "input": value,
    }


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


# Characters of an event's, run's or tag's name, items of a list of them, and bytes of a line.
LONGEST_NAME: Final = 1000
MOST_NAMES: Final = 1000
LONGEST_LINE: Final = 8_000_000
TOO_LONG: Final = "too long to keep"
_PHASE: Final = tuple(field.name for field in fields(Phase))


class Encoder:
    """Of one run. `secrets`: what is struck out so far."""

    def __init__(self) -> None:
        self.secrets: tuple[str, ...] = ()
        # The name, tags and metadata of a run, the same objects in all its events, and what is made of them.
        self._runs: dict[str, tuple[tuple[Any, ...], dict[str, Any]]] = {}
        self.know(())

    def know(self, secrets: Iterable[str]) -> None:
        """What is to be struck out from now on; an attempt begins."""
        self.secrets = tuple(dict.fromkeys((*self.secrets, *secrets)))
        self._plain = Plain(self.secrets)
        self._known = KnownSecrets(self.secrets)
        self._runs.clear()

    def safe(self, value: Any) -> Any:
        """Its JSON data without secrets."""
        return self._known.data(self._plain(value))

    def strike(self, record: Record) -> None:
        """Make of it, in place, what may be kept."""
        match record:
            case Event():
                if not record.line:
                    self._event(record)
            case Chunk() if record.text or record.name:
                text = record.text if record.text.isascii() else sendable(record.text)
                record.text = self._known.piece(text, f"{record.kind} {record.call}{record.heard}")
                record.name = self._known.data(record.name)
            case Phase() if record.fault or record.ending:
                record.fault, record.ending = self._known.data((record.fault, record.ending))

    def _event(self, record: Event) -> None:
        event, record.given = record.given, None
        run_id, of = event["run_id"], (event["name"], event["tags"], event["metadata"])
        before, known = self._runs.get(run_id, ((), {}))
        if not (before and all(map(is_, before, of))):
            known = {
                "name": str(self._plain(of[0]))[:LONGEST_NAME],
                "run_id": run_id,
                "parent_ids": event["parent_ids"],
                "tags": [str(tag)[:LONGEST_NAME] for tag in self._plain(of[1][:MOST_NAMES])],
                "metadata": self._plain(of[2]),
            }
            self._runs[run_id] = of, known
        name = event["event"]
        if name.endswith(("_end", "_error")):
            del self._runs[run_id]
        given = event["data"]
        word = given.get("chunk") if type(given) is dict and len(given) == 1 else None
        # Most are a word of a text.
        plain = {"chunk": word} if type(word) is str and word.isascii() else self._plain(given)
        data, line = self._known.event({"at": record.at, "event": name, **known, "data": plain})
        for name in ("data", "metadata"):
            if len(line) > LONGEST_LINE:
                data, line = self._known.event({**data, name: {"object": TOO_LONG, "length": len(line)}})
        record.data, record.line = data, line


def line_of(record: Record) -> bytes:
    """As it stands in a run file."""
    if isinstance(record, Event):
        return record.line
    if isinstance(record, Phase):
        told = {name: value for name in _PHASE if (value := getattr(record, name)) is not None}
        return b'{"lane":"wire",' + orjson.dumps(told)[1:] + b"\n"
    return b'{"lane":"%b",' % record.lane.encode() + orjson.dumps(record)[1:] + b"\n"
