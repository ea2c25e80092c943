"""The raw event log of a run: one lane of its trace, live and replayed. Imports no LangChain."""

from collections import deque
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from components.streaming.events.row import ATTEMPT, END, FAILED, RETRY, STOPPED, row_of
from components.streaming.events.row import Row as Row
from components.streaming.events.tree import RunTree
from components.streaming.frame import Frame
from components.streaming.records import Ending, Event, Phase, line_of
from components.streaming.report import Report

# Events that are kept, and bytes of their JSON: a few can be large.
LIMIT: Final = 5000
MOST_BYTES: Final = 32_000_000
# Rows that a browser takes at once without a pause.
MOST_ROWS: Final = 1000


def examples() -> list[Path]:
    """Recorded runs that come with the app, in order. `python -m tests.record_examples` makes them anew."""
    return sorted((Path(__file__).parent / "examples").glob("*.jsonl"))


class Events:
    """One run's, fed with its frames or a replay's: the last `limit` of them as JSON, and the tree of runs.

    What was shown isn't shown again. Numbers run on from 1 to `last`.
    """

    def __init__(self, limit: int = LIMIT, most_bytes: int = MOST_BYTES) -> None:
        self.limit = limit
        self.last = 0
        self.tree = RunTree()
        self._most_bytes = most_bytes
        self._lines: deque[bytes] = deque()
        self._bytes = 0
        self._rows: deque[Row] = deque(maxlen=limit)

    def feed(self, frame: Frame) -> None:
        for record in frame.records:
            if isinstance(record, Event):
                self._add(record, record.line)
            elif isinstance(record, Phase) and (own := _own(record, frame.report)):
                self._add(own, line_of(record))
        if frame.last and frame.report is None:
            self.tree.close("never_ended", None)

    def _add(self, event: Event, line: bytes) -> None:
        self.last += 1
        self._lines.append(line)
        self._bytes += len(line)
        while len(self._lines) > self.limit or (self._bytes > self._most_bytes and len(self._lines) > 1):
            self._bytes -= len(self._lines.popleft())
        self.tree.feed(event, self.last)
        self._rows.append(row_of(event, self.last, self.tree.attempt))

    @property
    def dropped(self) -> int:
        """How many events are let go: those with the numbers 1 to `dropped`."""
        return self.last - len(self._lines)

    def line(self, number: int) -> str | None:
        """A whole event as JSON; None when it is let go, or has not come."""
        at = number - self.dropped - 1
        return self._lines[at].decode() if 0 <= at < len(self._lines) else None

    @property
    def waiting(self) -> int:
        """Rows that have not been shown."""
        return len(self._rows)

    def rows(self, most: int = MOST_ROWS) -> list[Row]:
        """Those that come next."""
        return [self._rows.popleft() for _ in range(min(most, len(self._rows)))]


def _own(phase: Phase, report: Report | None) -> Event | None:
    """An event of ours, for what LangChain has none."""
    data: dict[str, Any]
    fault = phase.ending.fault if phase.ending else phase.fault
    match phase.phase, phase.ending:
        case "attempt", _:
            name, data = ATTEMPT, {"attempt": phase.attempt}
        case "retry", _:
            name, data = RETRY, {"attempt": phase.attempt, "seconds": phase.seconds}
        case "end", Ending() as ending:
            name = FAILED if fault else STOPPED if ending.stopped else END
            data = {"verdict": report.verdict.value} if report is not None else {}
            data |= {"closed_after": ending.closed_after} if name == STOPPED else {}
        case _:
            return None
    data |= {"fault": asdict(fault)} if fault else {}
    return Event(phase.at, name, "", "", [], [], {}, data)
