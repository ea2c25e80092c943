"""What a list of a run's events shows, fed with the frames of a run or a replay."""

from __future__ import annotations

from collections import deque
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from components.streaming.events.log import EventLog
from components.streaming.events.row import ATTEMPT, END, FAILED, RETRY, STOPPED, Row, row_of
from components.streaming.events.tree import RunTree
from components.streaming.frame import Frame
from components.streaming.meter import Report
from components.streaming.records import Event, Phase
from components.streaming.trace.encoder import line_of

# Rows that a browser takes at once without a pause.
MOST_ROWS: Final = 1000


@dataclass(slots=True)
class Events:
    """One run's: the log of them and the tree of runs. What has been shown isn't shown again.

    `new_text`: what has come since it was taken.
    """

    log: EventLog = field(default_factory=EventLog)
    tree: RunTree = field(default_factory=RunTree)
    new_text: str = ""
    _read: int = 0
    _rows: deque[Row] = field(init=False)
    _attempts: int = 0

    def __post_init__(self) -> None:
        self._rows = deque(maxlen=self.log.limit)

    def feed(self, frame: Frame) -> None:
        for record in frame.records:
            if isinstance(record, Event):
                self._event(record.data, record.line)
            elif isinstance(record, Phase) and (own := _own(record, frame.report)):
                self._event(own, line_of(record))
        self.new_text += frame.text[self._read :]
        self._read = len(frame.text)
        if frame.last and frame.report is None:
            self.tree.close("never_ended", None)

    @property
    def waiting(self) -> int:
        """Rows that have not been shown."""
        return len(self._rows)

    def rows(self, most: int = MOST_ROWS) -> list[Row]:
        """Those that come next."""
        return [self._rows.popleft() for _ in range(min(most, len(self._rows)))]

    def _event(self, event: dict[str, Any], line: bytes) -> None:
        event["n"] = self.log.last + 1
        self._attempts += event["event"] == ATTEMPT
        self.log.add(line)
        self.tree.feed(event, attempt=self._attempts)
        self._rows.append(row_of(event, self._attempts))


def _own(phase: Phase, report: Report | None) -> dict[str, Any] | None:
    """An event of ours, for what LangChain has none."""
    fault = {"fault": asdict(phase.fault)} if phase.fault is not None else {}
    data: dict[str, Any]
    match phase.phase, phase.ending:
        case "attempt", _:
            name, data = ATTEMPT, {"attempt": phase.attempt}
        case "retry", _:
            name, data = RETRY, {"attempt": phase.attempt, "seconds": phase.seconds, **fault}
        case "end", ending if ending is not None:
            data = {"verdict": report.verdict.value} if report is not None else {}
            if ending.fault is not None:
                name, data = FAILED, {**data, "fault": asdict(ending.fault)}
            elif ending.stopped:
                name, data = STOPPED, {**data, "closed_after": ending.closed_after}
            else:
                name = END
        case _:
            return None
    nothing: dict[str, Any] = {"name": "", "run_id": "", "parent_ids": [], "tags": [], "metadata": {}}
    return {"at": phase.at, "event": name, **nothing, "data": data}
