"""How late a busy process comes to what it waits for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import TracebackType

# Seconds between two looks, and how late a look may be on an idle machine.
OFTEN = 0.05
SLACK = 0.005


class LoopLagMeter:
    """Looks at the clock of the running loop, from where it is entered until `over`, or until it is left.

    `seconds`: how late it came, all looks together. A loop that is busy, an interpreter held by another
    thread and a machine without a free processor all make it late, and chunks wait unread meanwhile.
    """

    def __init__(self, over: Callable[[], bool]) -> None:
        self.seconds = 0.0
        self._over = over
        self._loop = asyncio.get_running_loop()
        self._next: asyncio.TimerHandle | None = None

    def __enter__(self) -> LoopLagMeter:
        self._next = self._loop.call_later(OFTEN, self._look)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._next is not None:
            self._add(self._next)
            self._next.cancel()

    def _look(self) -> None:
        if self._next is not None:
            self._add(self._next)
        self._next = None if self._over() else self._loop.call_later(OFTEN, self._look)

    def _add(self, look: asyncio.TimerHandle) -> None:
        late = self._loop.time() - look.when()
        if late > SLACK:
            self.seconds += late
