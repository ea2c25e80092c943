"""A line of runs that wait for a place: first come, first served."""

import asyncio
from collections.abc import Callable

from components.streaming.faults import Failure, Fault

# Seconds within which those in line are told that it has moved: a hundred runs may end at once.
TOLD_WITHIN = 0.25


class FairQueue:
    """At most `most` are inside at the same time and `longest` wait. Used from the event loop only."""

    def __init__(self, most: int, longest: int) -> None:
        self._most = most
        self._longest = longest
        self.inside = 0
        # Their turns, and what tells each of its place.
        self.waiting: dict[asyncio.Future[None], Callable[[int], None]] = {}
        self._telling: asyncio.TimerHandle | None = None

    async def enter(self, tell: Callable[[int], None], *, wait: bool = True) -> None:
        """Wait for a place; cancelling leaves the line. `tell`: see `Admission.enter`; also told again.

        Raises:
            Failure: "busy", when the line is full, or there is one and `wait` is False; what `turn_away` was
                given.
        """
        if self.inside < self._most:  # then nobody waits
            self.inside += 1
            return
        if not wait or len(self.waiting) >= self._longest:
            raise Failure("busy", retry_after=1.0)
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.waiting[turn] = tell
        tell(len(self.waiting))
        try:
            await turn
        except (asyncio.CancelledError, Failure):
            if self.waiting.pop(turn, None):
                self._moved()
            else:
                self.leave()  # the place came as this one left
            raise
        tell(0)

    def leave(self) -> None:
        """Give the place to the first in line."""
        first = next((turn for turn in self.waiting if not turn.done()), None)
        if first is None:
            self.inside -= 1
            return
        del self.waiting[first]
        first.set_result(None)
        self._moved()

    def turn_away(self, fault: Fault) -> None:
        """Those who wait now. From any thread."""
        for turn in list(self.waiting):
            turn.get_loop().call_soon_threadsafe(_turn_away, turn, fault)

    def _moved(self) -> None:
        if self._telling is None and self.waiting:
            self._telling = asyncio.get_running_loop().call_later(TOLD_WITHIN, self._tell_all)

    def _tell_all(self) -> None:
        self._telling = None
        for place, tell in enumerate(self.waiting.values(), 1):
            tell(place)


def _turn_away(turn: asyncio.Future[None], fault: Fault) -> None:
    if not turn.done():
        turn.set_exception(Failure(fault))
