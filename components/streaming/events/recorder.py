"""Takes the events of a live run: stamps them, makes them plain, and puts them in a log and in a file."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import orjson

from components.streaming.chunk_buffer import Retry
from components.streaming.connection import Connection
from components.streaming.events.asked import Asked
from components.streaming.events.frame import EventFrame, View
from components.streaming.events.header import About, Header, verdict_field, versions
from components.streaming.events.log import LIMIT, LONGEST_LINE, EventLog
from components.streaming.events.plain import Plain
from components.streaming.events.report_data import as_data, fault_as_data
from components.streaming.events.row import ATTEMPT, END, FAILED, LONGEST_NAME, MOST_NAMES, RETRY, STOPPED
from components.streaming.events.secrets import KnownSecrets
from components.streaming.events.writer import RunFileWriter
from components.streaming.meter import Report

# Seconds that text may wait for more, to be made plain and written together: a hundred at once cost half of
# what they do one by one. It is all that a crash loses.
TOGETHER: Final = 0.01
TOO_LONG: Final = "too long to keep"


class Recorder:
    """For one run; lives on its event loop. `path`: the run file to write, or None.

    The engine calls `begin`, `take`, `retry` and `end`. `secrets`: what must be struck out besides each
    attempt's `Connection.secrets`. All attempts stand in one log, each begun by a `lab_attempt` event.
    """

    def __init__(
        self,
        about: About | None = None,
        *,
        asked: Asked | None = None,
        path: Path | None = None,
        secrets: Iterable[str] = (),
        limit: int = LIMIT,
    ) -> None:
        self.about = about or About()
        self.asked = asked or Asked()
        self.path = path
        self.report: Report | None = None
        self._view = View(EventLog(limit))
        self._writer = RunFileWriter(path)
        self._attempts = 0
        self._secrets: tuple[str, ...] = ()
        self._know(secrets)
        self._headed = False
        self._verdict_at = 0
        self._began: float | None = None
        self._ended: float | None = None
        # The tags and metadata of a run, the same objects in all its events, and what is made of them.
        self._runs: dict[str, tuple[Any, Any, list[str], Any]] = {}
        # Events, each with its `time.perf_counter()`.
        self._waiting: list[tuple[float, Any]] = []
        self._timer: asyncio.TimerHandle | None = None

    @property
    def secrets(self) -> tuple[str, ...]:
        """What is struck out so far."""
        return self._secrets

    @property
    def log(self) -> EventLog:
        return self._view.log

    def begin(self, source: Connection) -> None:
        """An attempt's request is about to be sent."""
        self._know(source.secrets)
        self._header(source.value)
        self._attempts += 1
        self._runs.clear()
        self._own(ATTEMPT, {"attempt": self._attempts})

    def take(self, event: Any) -> bool:
        """An event as `astream_events` gives it; from the loop. Text waits for `TOGETHER` seconds at most.

        Whether a frame is to be made: it isn't for text that waits with other text, for which it was said.
        """
        if self.report is not None:
            return False  # from a reader that would not stop; the run has ended without it
        at, waiting = time.perf_counter(), self._waiting
        if self._began is None:
            self._began = at
        waiting.append((at, event))
        if not _is_text(event) or at - waiting[0][0] > TOGETHER:
            self._flush()
            return True
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(TOGETHER, self._on_time)
        return len(waiting) == 1

    def retry(self, retry: Retry) -> None:
        """An attempt failed, and another follows."""
        self._attempts = max(self._attempts, retry.attempt - 1)
        fault = fault_as_data(retry.fault)
        self._own(RETRY, {"attempt": retry.attempt, "seconds": retry.seconds, "fault": fault})

    def end(self, report: Report) -> None:
        """Nothing more comes; called once more it does nothing."""
        if self.report is not None:
            return
        self.report = report
        data: dict[str, Any] = {"verdict": report.verdict.value}
        name = END
        if report.fault is not None:
            name, data["fault"] = FAILED, fault_as_data(report.fault)
        elif report.verdict == "stopped":
            name, data["closed_after"] = STOPPED, report.closed_after
        self._own(name, data)
        self._ended = time.perf_counter()
        self._writer.write(orjson.dumps({"report": self._safe(as_data(report))}) + b"\n")
        self._writer.write_at(self._verdict_at, verdict_field(report.verdict))
        self._writer.close()

    def close(self) -> None:
        """Let go of the file as it is: without an `end` its run never ended."""
        self._flush()
        self._ended = self._ended or time.perf_counter()
        self._writer.close()

    @property
    def some(self) -> bool:
        """Whether anything has come."""
        return self._began is not None

    def frame(self, retry: Retry | None = None, place: int = 0) -> EventFrame:
        """What is new since the last one."""
        self._flush()
        return self._view.frame(self._now(), retry=retry, place=place, unrecorded=self._writer.trouble)

    def last_frames(self) -> Iterator[EventFrame]:
        """What is left, the last one with the report."""
        return self._view.last_frames(self._now(), report=self.report, unrecorded=self._writer.trouble)

    def state(self) -> EventFrame:
        """All that is kept, as one fresh frame for a view that comes later."""
        self._flush()
        return self._view.whole(self._now(), report=self.report, unrecorded=self._writer.trouble)

    def _on_time(self) -> None:
        self._timer = None
        self._flush()

    def _flush(self) -> None:
        """Put what waits into the log and the file."""
        waiting, self._waiting = self._waiting, []
        if waiting:
            began = self._began or 0.0
            self._writer.write(
                b"".join([self._put_event(round(at - began, 6), event) for at, event in waiting])
            )

    def _put_event(self, at: float, event: Any) -> bytes:
        run_id, tags, metadata = event["run_id"], event["tags"], event["metadata"]
        run = self._runs.get(run_id)
        if run is None or run[0] is not tags or run[1] is not metadata:
            names = [str(tag)[:LONGEST_NAME] for tag in self._plain(tags[:MOST_NAMES])]
            run = self._runs[run_id] = (tags, metadata, names, self._plain(metadata))
        fields = {
            "event": event["event"],
            "name": str(self._plain(event["name"]))[:LONGEST_NAME],
            "run_id": run_id,
            "parent_ids": event["parent_ids"],
            "tags": run[2],
            "metadata": run[3],
        }
        if event["event"].endswith(("_end", "_error")):
            del self._runs[run_id]
        return self._put(at, fields, event["data"])

    def _own(self, name: str, data: dict[str, Any]) -> None:
        """An event of ours, not LangChain's."""
        self._header(None)
        at = self._stamp()
        nothing: dict[str, Any] = {"name": "", "run_id": "", "parent_ids": [], "tags": [], "metadata": {}}
        self._flush()
        self._writer.write(self._put(at, {"event": name, **nothing}, data))

    def _put(self, at: float, fields: dict[str, Any], data: Any) -> bytes:
        """The event's line, once it is in the log."""
        number = self._view.log.last + 1
        event, line = self._known.event({"n": number, "at": at, **fields, "data": self._plain(data)})
        for name in ("data", "metadata"):
            if len(line) > LONGEST_LINE:
                event, line = self._known.event({**event, name: {"object": TOO_LONG, "length": len(line)}})
        self._view.add(event, line)
        return line

    def _header(self, value: Any) -> None:
        """Written before the first event, when the secrets are known."""
        if self._headed:
            return
        self._headed = True
        about = About(*map(self._safe, (self.about.provider, self.about.model, self.about.chain)))
        asked = Asked.of(self._safe(self.asked.arguments()))
        started = datetime.now(UTC).isoformat(timespec="milliseconds")
        used = versions(self.about.packages)
        header = Header(about, "astream_events", asked, started, self._safe(value), used)
        line, self._verdict_at = header.line()
        if len(line) > LONGEST_LINE:
            line, self._verdict_at = replace(header, input=None).line()
        self._writer.write(line)

    def _safe(self, value: Any) -> Any:
        """Its JSON data without secrets."""
        return self._known.data(self._plain(value))

    def _know(self, secrets: Iterable[str]) -> None:
        """What is to be struck out from now on."""
        new = [secret for secret in secrets if secret not in self._secrets]
        if new or not self._attempts:
            self._secrets += tuple(new)
            self._plain = Plain(self._secrets)
            self._known = KnownSecrets(self._secrets)

    def _stamp(self) -> float:
        """Seconds since the first event, which begins the clock, to the microsecond."""
        if self._began is None:
            self._began = time.perf_counter()
            return 0.0
        return self._now()

    def _now(self) -> float:
        now = self._ended or time.perf_counter()
        return 0.0 if self._began is None else round(now - self._began, 6)


def _is_text(event: Any) -> bool:
    """Whether nobody can change it any more: a step may go on with an object that an event holds."""
    if not event["event"].endswith("_stream"):
        return False
    return type(event["data"].get("chunk")).__name__ in {"str", "AIMessageChunk"}
