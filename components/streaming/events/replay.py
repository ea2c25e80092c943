"""A run file played again: the same frames as live, at a pace of one's choice, from any moment."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import AsyncGenerator, Iterator
from contextlib import suppress
from typing import Final

from components.streaming.events.frame import EventFrame, View
from components.streaming.events.log import EventLog
from components.streaming.events.run_file import RunFile
from components.streaming.pacing import Live, Pacer
from components.streaming.readers import Breath
from components.streaming.stop import Stop

# Seconds. In a long silence frames without anything new still tell what time it is in the run.
TICK: Final = 0.25


async def replay(
    run_file: RunFile,
    *,
    speed: float = 1.0,
    start: float = 0.0,
    stop: Stop | None = None,
    live: Live | None = None,
    log: EventLog | None = None,
) -> AsyncGenerator[EventFrame]:
    """Yield frames as a live run does; the last one has the file's report, if the run ended.

    Args:
        speed: times the run's own pace; `math.inf` waits for nothing.
        start: the first frame has everything up to then, in seconds of the run.
        stop: ends the replay; its last frame has no report, and open runs stay open.
        log: keeps the events, for who wants them whole.

    Raises:
        BadRunFile: the file has changed since it was opened.
        ValueError: the speed isn't above 0.
    """
    if not speed > 0:
        raise ValueError("a replay's speed is above 0")
    stop, live = stop or Stop(), live or Live()
    start = max(0.0, start)
    player = _Player(run_file, log)
    with live:
        waiting, pacer = _Waiting(stop), Pacer(live)
        try:
            await player.play_to(start, stop)
            began = time.perf_counter()
            at = start
            while not stop.is_set():
                at = start + (time.perf_counter() - began) * speed if speed < math.inf else math.inf
                await player.play_to(at, stop)
                if player.next_at is None:
                    break
                shown = time.perf_counter()
                yield player.view.frame(at)
                pacer.shown(cost=time.perf_counter() - shown)
                due = (player.next_at - start) / speed - (time.perf_counter() - began)
                due = 0.0 if player.view.waiting else min(due, TICK)
                await waiting.wait(max(pacer.wait(), due))
            for frame in player.last_frames(min(at, run_file.seconds), stopped=stop.is_set()):
                yield frame
        finally:
            player.close()
            waiting.close()


def state_at(run_file: RunFile, at: float, *, log: EventLog | None = None) -> EventFrame:
    """One fresh frame with everything up to `at` seconds; blocks, some 0.2 s for 20,000 events.

    Raises:
        BadRunFile: the file has changed since it was opened.
    """
    player = _Player(run_file, log)
    try:
        while player.step(at):
            pass
    finally:
        player.close()
    ended = player.next_at is None
    if ended:
        player.end()
    report = run_file.report if ended else None
    return player.view.frame(min(at, run_file.seconds), most=None, report=report, last=ended)


class _Player:
    """Feeds a file's events to a view in their order."""

    def __init__(self, run_file: RunFile, log: EventLog | None) -> None:
        self.view = View(EventLog() if log is None else log)  # an empty one is falsy
        self._report = run_file.report
        self._lines = run_file.lines()
        self._next = next(self._lines, None)

    @property
    def next_at(self) -> float | None:
        """When the next event came, in seconds of the run; None after the last."""
        return None if self._next is None else self._next[0]["at"]

    def step(self, at: float) -> bool:
        """Feed the next event, if it came by then."""
        if self._next is None or self._next[0]["at"] > at:
            return False
        self.view.add(*self._next)
        self._next = next(self._lines, None)
        return True

    async def play_to(self, at: float, stop: Stop) -> None:
        breath = Breath()
        while not stop.is_set() and self.step(at):
            if breath.due:
                await breath.take()

    def end(self) -> None:
        """The file is at its end: what is open there never ended."""
        self.view.tree.close("never_ended", None)

    def last_frames(self, at: float, *, stopped: bool) -> Iterator[EventFrame]:
        if not stopped:
            self.end()
        return self.view.last_frames(at, report=None if stopped else self._report)

    def close(self) -> None:
        self._lines.close()


class _Waiting:
    """Sleeps that Stop ends."""

    def __init__(self, stop: Stop) -> None:
        loop = asyncio.get_running_loop()
        self._stop = stop
        self._stopped = asyncio.Event()

        def tell() -> None:
            with suppress(RuntimeError):  # the loop has closed, and the replay with it
                loop.call_soon_threadsafe(self._stopped.set)

        self._tell = tell
        stop.call(tell)

    async def wait(self, seconds: float) -> None:
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        try:
            async with asyncio.timeout(seconds):
                await self._stopped.wait()
        except TimeoutError:
            return

    def close(self) -> None:
        self._stop.forget(self._tell)
