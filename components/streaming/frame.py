"""What a view shows of a run, live and replayed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from components.streaming.faults import Fault
from components.streaming.meter import Meter, Report, Span
from components.streaming.parts import Line, Part, Reply
from components.streaming.records import Chunk, Phase, Record


@dataclass(frozen=True, slots=True)
class Retry:
    """Attempt number `attempt` begins in `seconds`, because of `fault`."""

    attempt: int
    seconds: float
    fault: Fault


@dataclass(frozen=True, slots=True)
class Frame:
    """What a view shows now: all of the reply so far, and in the last frame the report.

    `text`: of its parts of that kind. `records`: those that came since the frame before, of all lanes. The
    first frame comes with the first text, or soon without one, so that a view can say that it waits; `retry`
    is set while the engine waits to try again, before any text has come. `place`: in the line of runs that
    wait, from 1, 0 when not in it. `at`: seconds since the run began; `started`: when the first request was
    sent. `phases`: those of the report, so far. `left_out`: lines that were too many to be kept. `unrecorded`
    says why its file isn't whole: "", "disk_full" or "unwritable". `asks`: it waits for its reader's yes or
    no. `last`: no frame follows; without a report the run never ended.
    """

    text: str
    chunks: int
    parts: tuple[Part, ...] = ()
    retry: Retry | None = None
    place: int = 0
    report: Report | None = None
    records: Sequence[Record] = ()
    at: float = 0.0
    started: float = 0.0
    left_out: int = 0
    unrecorded: str = ""
    phases: tuple[Span, ...] = ()
    asks: bool = False
    last: bool = False

    @property
    def lines(self) -> list[Line]:
        return [Line(part.began - self.started, part.text) for part in self.parts if part.kind == "line"]


class Framer:
    """Makes frames of a trace's records."""

    def __init__(self, meter: Meter) -> None:
        self.reply = Reply()
        self._meter = meter
        self._retry: Retry | None = None
        self._place = 0
        self._asks = False

    def frame(self, records: Sequence[Record], at: float, report: Report | None = None, **more: Any) -> Frame:
        """The next one; `records` are new and have been folded. `more`: what else stands in it."""
        self.reply.add(record for record in records if isinstance(record, Chunk) and not record.heard)
        for record in records:
            if isinstance(record, Phase):
                self._phase(record)
        parts = self.reply.parts
        return Frame(
            self.reply.text,
            self._meter.chunks,
            parts,
            self._retry,
            self._place,
            report,
            records,
            at,
            self._meter.started,
            self.reply.left_out,
            phases=self._meter.phases,
            asks=self._asks,
            **more,
        )

    def _phase(self, phase: Phase) -> None:
        self._asks = phase.phase == "asking"
        if phase.phase == "queued":
            self._place = phase.place or 0
        elif phase.phase == "retry" and phase.fault is not None:
            self._retry = Retry(phase.attempt or 0, phase.seconds or 0.0, phase.fault)
        elif phase.phase in {"opening", "end"}:
            self._retry, self._place = None, 0
