"""The last events of a run, live or replayed."""

from __future__ import annotations

from collections import deque
from typing import Final

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
