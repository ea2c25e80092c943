"""What a list of a run's events shows, fed with the frames of a run or a replay."""

from __future__ import annotations

from collections import deque
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from components.streaming.events.row import ATTEMPT, END, FAILED, RETRY, STOPPED, Row, row_of
from components.streaming.events.tree import RunTree
from components.streaming.frame import Frame
from components.streaming.records import Event, Phase
from components.streaming.report import Report
from components.streaming.trace.encoder import line_of

# Events that a log keeps, and bytes of their JSON: a few can be large.
LIMIT: Final = 5000
MOST_BYTES: Final = 32_000_000


class EventLog:
    """Keeps the last `limit` events as JSON and says how many older ones it let go. Numbers run on from 1."""

    def __init__(self, limit: int = LIMIT, most_bytes: int = MOST_BYTES) -> None:
        self.limit = limit
        self._most_bytes = most_bytes
        self._lines: deque[bytes] = deque()
        self._bytes = 0
        self.last = 0

    @property
    def dropped(self) -> int:
        """How many events are let go: those with the numbers 1 to `dropped`."""
        return self.last - len(self._lines)

    def __len__(self) -> int:
        return len(self._lines)

    def add(self, line: bytes) -> None:
        """The next event, as one line of JSON in UTF-8."""
        self.last += 1
        self._lines.append(line)
        self._bytes += len(line)
        while len(self._lines) > self.limit or (self._bytes > self._most_bytes and len(self._lines) > 1):
            self._bytes -= len(self._lines.popleft())

    def line(self, number: int) -> str | None:
        """A whole event as JSON; None when it is let go, or has not come."""
        at = number - self.dropped - 1
        return self._lines[at].decode() if 0 <= at < len(self._lines) else None


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
