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

from components.streaming.events.alike import Alike, Words
from components.streaming.events.asked import Asked
from components.streaming.events.frame import EventFrame, View
from components.streaming.events.header import About, Header, verdict_field, versions
from components.streaming.events.log import LIMIT, EventLog
from components.streaming.events.plain import Plain
from components.streaming.events.report_data import as_data, fault_as_data
from components.streaming.events.row import ATTEMPT, END, FAILED, RETRY, STOPPED, Row
from components.streaming.events.shared import LONGEST_LINE, Shared, SharedByRun
from components.streaming.events.split import SplitSecrets
from components.streaming.events.writer import RunFileWriter
from components.streaming.mailbox import Retry
from components.streaming.meter import Report
from components.streaming.source import Source

# Seconds that text may wait for more, to be made plain and written together: a hundred at once cost half of
# what they do one by one. It is all that a crash loses.
TOGETHER: Final = 0.01


class Recorder:
    """For one run; lives on its event loop. `path`: the run file to write, or None.

    The engine calls `begin`, `take`, `retry` and `end`. `secrets`: what must be struck out besides each
    attempt's `Source.secrets`. All attempts stand in one log, each begun by a `lab_attempt` event.
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
        # The name, tags and metadata of a run are the same objects in all its events.
        self._runs: dict[str, SharedByRun] = {}
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

    def begin(self, source: Source) -> None:
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
        if not self._is_text(event) or at - waiting[0][0] > TOGETHER:
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
        self._writer.write(orjson.dumps({"report": self._plain(as_data(report))}) + b"\n")
        self._writer.write_at(self._verdict_at, verdict_field(report.verdict))
        self._writer.close()
        self._runs.clear()

    def close(self) -> None:
        """Let go of the file as it is: without an `end` its run never ended."""
        self._flush()
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

    def _is_text(self, event: Any) -> bool:
        """Whether nobody can change it any more: a step may go on with an object that an event holds."""
        return event["event"].endswith("_stream") and type(event["data"].get("chunk")) in self._plain.texts

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
        run_id = event["run_id"]
        run = self._runs.get(run_id)
        if run is None or run.given[0] is not event["tags"] or run.given[1] is not event["metadata"]:
            run = self._runs[run_id] = SharedByRun(event)
        alike = run.alike
        if (
            alike is not None
            and (text := alike.text_of(event)) is not None
            and (said := self._words.get(text)) is not None
            and not self._split.has_begun(run_id)
            and (line := self._view.add_chunk(alike, at, text, said)) is not None
        ):
            return line
        return self._put_any(run, at, event)

    def _put_any(self, run: SharedByRun, at: float, event: Any) -> bytes:
        name, run_id, given = event["event"], event["run_id"], event["data"]
        shared = run.shared.get(name) or run.share(event, self._plain)
        if name.endswith("_stream") and len(given) == 1 and "chunk" in given:
            chunk = self._split.strike(run_id, self._plain(given["chunk"]))
            line, row = self._put(shared, at, {"chunk": chunk})
            like = self._is_text(event) and not self._split.has_begun(run_id)
            run.alike = Alike.of(shared, row, given["chunk"], chunk) if like else None
            return line
        if name.endswith(("_end", "_error")):
            del self._runs[run_id]
            self._split.forget(run_id)
        return self._put(shared, at, self._plain(given))[0]

    def _own(self, name: str, data: dict[str, Any]) -> None:
        """An event of ours, not LangChain's."""
        self._header(None)
        at = self._stamp()
        nothing: dict[str, Any] = {"name": "", "run_id": "", "parent_ids": [], "tags": [], "metadata": {}}
        self._flush()
        line, _ = self._put(Shared.of({"event": name, **nothing}), at, self._plain(data))
        self._writer.write(line)

    def _put(self, shared: Shared, at: float, data: Any) -> tuple[bytes, Row]:
        """The event's line and row, once they are in the log."""
        number = self._view.log.last + 1
        said = orjson.dumps(data)
        if len(said) + len(shared.json) > LONGEST_LINE - 100:
            data = {"object": "too long to keep", "length": len(said)}
            said = orjson.dumps(data)
        line = b'{"n":%d,"at":%b,%b,"data":%b}\n' % (number, orjson.dumps(at), shared.json, said)
        return line, self._view.add({"n": number, "at": at, **shared.fields, "data": data}, line)

    def _header(self, value: Any) -> None:
        """Written before the first event, when the secrets are known."""
        if self._headed:
            return
        self._headed = True
        plain = self._plain
        about = About(
            *(plain.text(word) for word in (self.about.provider, self.about.model, self.about.chain))
        )
        started = datetime.now(UTC).isoformat(timespec="milliseconds")
        asked = Asked(**{name: tuple(values) for name, values in plain(self.asked.arguments()).items()})
        header = Header(about, "astream_events", asked, started, plain(value), versions())
        line, self._verdict_at = header.line()
        if len(line) > LONGEST_LINE:
            line, self._verdict_at = replace(header, input=None).line()
        self._writer.write(line)

    def _know(self, secrets: Iterable[str]) -> None:
        """What is to be struck out from now on."""
        new = [secret for secret in secrets if secret not in self._secrets]
        if new or not self._attempts:
            self._secrets += tuple(new)
            self._plain = Plain(self._secrets)
            self._split = SplitSecrets(self._plain.forms)
            self._words = Words(self._plain, self._split)

    def _stamp(self) -> float:
        """Seconds since the first event, which begins the clock, to the microsecond."""
        if self._began is None:
            self._began = time.perf_counter()
            return 0.0
        return self._now()

    def _now(self) -> float:
        return 0.0 if self._began is None else round(time.perf_counter() - self._began, 6)
