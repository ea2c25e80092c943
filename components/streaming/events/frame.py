"""What a view of events shows next, and what makes it."""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from components.streaming.chunk_buffer import Retry
from components.streaming.events.log import EventLog
from components.streaming.events.row import ATTEMPT, Row, parts, row_of
from components.streaming.events.said import text_of_data
from components.streaming.events.tree import RunTree
from components.streaming.meter import Report

# Rows of one frame: what a browser takes at once without a pause.
MOST_ROWS: Final = 1000


@dataclass(frozen=True, slots=True)
class EventFrame:
    """What is new since the frame before; live, replayed and after a seek the same.

    `rows` are new and `nodes` changed, both JSON data (see `Row` and `Node.show`). `text` is all of the
    reply so far and `new_text` its new end. `total`: the number of the last event; `dropped`: how many of the
    oldest the log has let go, some perhaps before they could be shown. `at`: seconds since the first request.

    `fresh`: what was shown before is to be forgotten. `last`: no frame follows; its `report` is None for a
    run that never ended, and for a replay that was stopped. `retry` is set while the engine waits to try
    again; `place`: in the line of runs that wait, 0 when not in it. `unrecorded` says why the run file isn't
    whole: "", "disk_full" or "unwritable".
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
    """One log, one tree and one text, fed event by event; what has been shown isn't shown again."""

    log: EventLog = field(default_factory=EventLog)
    tree: RunTree = field(default_factory=RunTree)
    text: str = ""
    _new_text: list[str] = field(default_factory=list)
    _rows: deque[Row] = field(init=False)
    _fresh: bool = True
    # The numbers of the events with which the attempts began.
    _attempts: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._rows = deque(maxlen=self.log.limit)

    def add(self, event: dict[str, Any], line: bytes) -> None:
        """`event`: the JSON data of an event as it stands in a run file; `line`: itself as JSON."""
        name = event["event"]
        if name == ATTEMPT:
            self._attempts.append(event["n"])
        attempt = len(self._attempts)
        self.log.add(line)
        self.tree.feed(event, attempt=attempt)
        self._rows.append(row_of(event, attempt))
        # The chain's own output is what its outermost run streams; the rest are its steps.
        if not event["parent_ids"] and parts(name)[1] == "stream" and (text := _chunk(event["data"])):
            self._new_text.append(text)

    @property
    def waiting(self) -> int:
        """Rows that have not been shown."""
        return len(self._rows)

    def frame(
        self,
        at: float,
        *,
        most: int | None = MOST_ROWS,
        last: bool = False,
        retry: Retry | None = None,
        place: int = 0,
        report: Report | None = None,
        unrecorded: str = "",
    ) -> EventFrame:
        rows = [self._rows.popleft() for _ in range(min(most or self.log.limit, len(self._rows)))]
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
            at=at,
            fresh=fresh,
            last=last,
            retry=retry,
            place=place,
            report=report,
            unrecorded=unrecorded,
        )

    def last_frames(self, at: float, *, report: Report | None, unrecorded: str = "") -> Iterator[EventFrame]:
        """What is left to show, the last frame with the report."""
        while self.waiting > MOST_ROWS:
            yield self.frame(at, unrecorded=unrecorded)
        yield self.frame(at, last=True, report=report, unrecorded=unrecorded)

    def whole(self, at: float, *, report: Report | None = None, unrecorded: str = "") -> EventFrame:
        """Everything that is kept, for a view that comes later; nothing counts as shown by it."""
        rows = [row_of(event, bisect_right(self._attempts, event["n"])) for event in self.log.events()]
        text = self.text + "".join(self._new_text)
        return EventFrame(
            rows=rows,
            nodes=self.tree.whole(rows),
            text=text,
            new_text=text,
            total=self.log.last,
            dropped=self.log.dropped,
            at=at,
            fresh=True,
            last=report is not None,
            report=report,
            unrecorded=unrecorded,
        )


def _chunk(data: Any) -> str:
    return text_of_data(data.get("chunk")) if isinstance(data, dict) else ""
