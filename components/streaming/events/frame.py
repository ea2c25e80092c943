"""What a view of events shows next, and what makes it."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, closing
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from components.streaming.events.log import EventLog
from components.streaming.events.row import ATTEMPT, END, FAILED, RETRY, STOPPED, Row, row_of
from components.streaming.events.tree import RunTree
from components.streaming.frame import Frame, Retry
from components.streaming.meter import Report
from components.streaming.records import Chunk, Event, Phase, Record
from components.streaming.stop import Stop
from components.streaming.trace.encoder import line_of
from components.streaming.trace.run_file import RunFile

# Rows of one frame: what a browser takes at once without a pause.
MOST_ROWS: Final = 1000


@dataclass(frozen=True, slots=True)
class EventFrame:
    """What is new since the frame before; live, replayed and after a seek the same.

    `rows` are new and `nodes` changed, both JSON data (see `Row` and `Node.show`). `text` is all of the
    reply so far and `new_text` its new end. `total`: the number of the last event; `dropped`: how many of the
    oldest the log has let go, some perhaps before they could be shown. `at`: seconds since the run began.

    `fresh`: what was shown before is to be forgotten. `last`: no frame follows; its `report` is None for a
    run that never ended, and for a replay that was stopped. `retry`, `place`, `unrecorded`: see `Frame`.
    """

    rows: list[Row]
    nodes: list[dict[str, Any]]
    text: str
    new_text: str
    total: int
    dropped: int
    at: float
    fresh: bool = False
    last: bool = False
    retry: Retry | None = None
    place: int = 0
    report: Report | None = None
    unrecorded: str = ""


@dataclass(slots=True)
class View:
    """One log, one tree and one text, fed record by record; what has been shown isn't shown again."""

    log: EventLog = field(default_factory=EventLog)
    tree: RunTree = field(default_factory=RunTree)
    text: str = ""
    _new_text: list[str] = field(default_factory=list)
    _rows: deque[Row] = field(init=False)
    _fresh: bool = True
    _attempts: int = 0

    def __post_init__(self) -> None:
        self._rows = deque(maxlen=self.log.limit)

    def add(self, record: Record, report: Report | None = None) -> None:
        """`report`: the run's, with its last record."""
        match record:
            case Event():
                self._event(record.data, record.line)
            case Chunk() if record.kind == "text" and not record.heard:
                self._new_text.append(record.text)
            case Phase() if own := _own(record, report):
                name, data = own
                nothing: dict[str, Any] = {
                    "name": "",
                    "run_id": "",
                    "parent_ids": [],
                    "tags": [],
                    "metadata": {},
                }
                self._event({"at": record.at, "event": name, **nothing, "data": data}, line_of(record))

    def _event(self, event: dict[str, Any], line: bytes) -> None:
        event["n"] = self.log.last + 1
        self._attempts += event["event"] == ATTEMPT
        self.log.add(line)
        self.tree.feed(event, attempt=self._attempts)
        self._rows.append(row_of(event, self._attempts))

    @property
    def waiting(self) -> int:
        """Rows that have not been shown."""
        return len(self._rows)

    def frame(
        self, shown: Frame, *, most: int = MOST_ROWS, last: bool = False, report: Report | None = None
    ) -> EventFrame:
        rows = [self._rows.popleft() for _ in range(min(most, len(self._rows)))]
        new_text, self._new_text = "".join(self._new_text), []
        self.text += new_text
        fresh, self._fresh = self._fresh, False
        return EventFrame(
            rows=rows,
            nodes=self.tree.changed(),
            text=self.text,
            new_text=new_text,
            total=self.log.last,
            dropped=self.log.dropped,
            at=shown.at,
            fresh=fresh,
            last=last,
            retry=shown.retry,
            place=shown.place,
            report=report,
            unrecorded=shown.unrecorded,
        )

    def last_frames(self, shown: Frame) -> Iterator[EventFrame]:
        """What is left to show, the last frame with the report."""
        while self.waiting > MOST_ROWS:
            yield self.frame(shown)
        yield self.frame(shown, last=True, report=shown.report)


async def event_frames(
    running: AsyncGenerator[Frame], view: View | None = None, stop: Stop | None = None
) -> AsyncGenerator[EventFrame]:
    """The frames of a run or a replay as its events. `stop`: of a replay, which it leaves as it stands."""
    view, shown = view or View(), Frame("", 0)
    async with aclosing(running) as frames:
        async for shown in frames:
            for record in shown.records:
                view.add(record, shown.report)
            if shown.report is None:
                yield view.frame(shown)
    if shown.report is None and (stop is None or not stop.is_set()):
        view.tree.close("never_ended", None)
    for last in view.last_frames(shown):
        yield last


def state_at(run_file: RunFile, at: float, view: View | None = None) -> EventFrame:
    """One fresh frame with everything up to `at` seconds; blocks, some 0.2 s for 20,000 events.

    Raises:
        BadRunFile: the file has changed since it was opened.
    """
    view = view or View()
    with closing(run_file.records()) as records:
        for record in records:
            if record.at > at:
                break
            view.add(record, run_file.report)
        else:
            if run_file.report is None:
                view.tree.close("never_ended", None)
            return view.frame(
                Frame("", 0, at=run_file.seconds), most=view.log.limit, last=True, report=run_file.report
            )
    return view.frame(Frame("", 0, at=at), most=view.log.limit)


def _own(phase: Phase, report: Report | None) -> tuple[str, dict[str, Any]] | None:
    """The name and the data of an event of ours, for what LangChain has none."""
    fault = {"fault": asdict(phase.fault)} if phase.fault is not None else {}
    match phase.phase, phase.ending:
        case "attempt", _:
            return ATTEMPT, {"attempt": phase.attempt}
        case "retry", _:
            return RETRY, {"attempt": phase.attempt, "seconds": phase.seconds, **fault}
        case "end", ending if ending is not None:
            told = {"verdict": report.verdict.value} if report is not None else {}
            if ending.fault is not None:
                return FAILED, {**told, "fault": asdict(ending.fault)}
            if ending.stopped:
                return STOPPED, {**told, "closed_after": ending.closed_after}
            return END, told
    return None
