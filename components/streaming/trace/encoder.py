"""Records as they are kept and written: JSON data, and no secrets in it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields, replace
from operator import is_
from typing import Any, Final

import orjson

from components.streaming.faults import Fault
from components.streaming.records import Chunk, Ending, Event, Phase, Record
from components.streaming.text import sendable
from components.streaming.trace.plain import Plain
from components.streaming.trace.secrets import KnownSecrets

# Characters of an event's, run's or tag's name, items of a list of them, and bytes of a line.
LONGEST_NAME: Final = 1000
MOST_NAMES: Final = 1000
LONGEST_LINE: Final = 8_000_000
TOO_LONG: Final = "too long to keep"
_PHASE: Final = tuple(field.name for field in fields(Phase))


class Encoder:
    """Of one run. `secrets`: what is struck out so far."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self.secrets: tuple[str, ...] = ()
        # The name, tags and metadata of a run, the same objects in all its events, and what is made of them.
        self._runs: dict[str, tuple[tuple[Any, ...], dict[str, Any]]] = {}
        self.know(secrets)

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
                record.name = self._known.data(sendable(record.name))
            case Phase() if record.fault or record.ending:
                record.fault = self._fault(record.fault)
                record.ending = record.ending and self._ending(record.ending)

    def _fault(self, fault: Fault | None) -> Fault | None:
        return fault and replace(fault, params=self.safe(dict(fault.params)))

    def _ending(self, ending: Ending) -> Ending:
        outcome = replace(ending.outcome, finish_reason=self.safe(ending.outcome.finish_reason))
        notes = tuple((kind, self.safe(value)) for kind, value in ending.notes)
        return replace(ending, outcome=outcome, notes=notes, fault=self._fault(ending.fault))

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
