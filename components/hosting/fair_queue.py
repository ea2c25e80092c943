"""A line of runs that wait for a place: first come, first served."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from components.streaming.faults import Failure, Fault

# Seconds within which those in line are told that it has moved: a hundred runs may end at once.
TOLD_WITHIN = 0.25


@dataclass(slots=True, eq=False)
class _Waiting:
    tell: Callable[[int], None]
    turn: asyncio.Future[None]
    told: int = 0

    def turn_away(self, fault: Fault) -> None:
        if not self.turn.done():
            self.turn.set_exception(Failure.of(fault))


class FairQueue:
    """At most `most` are inside at the same time and `longest` wait. Used from the event loop only."""

    def __init__(self, most: int, longest: int) -> None:
        self._most = most
        self._longest = longest
        self.inside = 0
        self.waiting: deque[_Waiting] = deque()
        self._telling: asyncio.TimerHandle | None = None

    async def enter(self, tell: Callable[[int], None], *, wait: bool = True) -> None:
        """Wait for a place; cancelling leaves the line. `tell`: see `Admission.enter`.

        Raises:
            Failure: "busy", when the line is full, or there is one and `wait` is False; what `turn_away` was
                given.
        """
        if self.inside < self._most:  # then nobody waits
            self.inside += 1
            return
        if not wait or len(self.waiting) >= self._longest:
            raise Failure("busy").after(1.0)
        me = _Waiting(tell, asyncio.get_running_loop().create_future())
        self.waiting.append(me)
        self._tell(me, len(self.waiting))
        try:
            await me.turn
        except (asyncio.CancelledError, Failure):
            if me in self.waiting:
                self.waiting.remove(me)
                self._moved()
            else:
                self.leave()  # the place came as this one left
            raise
        tell(0)

    def leave(self) -> None:
        """Give the place to the first in line."""
        first = next((one for one in self.waiting if not one.turn.done()), None)
        if first is None:
            self.inside -= 1
            return
        self.waiting.remove(first)
        first.turn.set_result(None)
        self._moved()

    def turn_away(self, fault: Fault) -> None:
        """Those who wait now. From any thread."""
        for one in list(self.waiting):
            one.turn.get_loop().call_soon_threadsafe(one.turn_away, fault)

    def _moved(self) -> None:
        if self._telling is None and self.waiting:
            self._telling = asyncio.get_running_loop().call_later(TOLD_WITHIN, self._tell_all)

    def _tell_all(self) -> None:
        self._telling = None
        for place, one in enumerate(self.waiting, 1):
            self._tell(one, place)

    @staticmethod
    def _tell(one: _Waiting, place: int) -> None:
        if one.told != place:
            one.told = place
            one.tell(place)
