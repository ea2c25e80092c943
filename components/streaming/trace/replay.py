"""A run file played again: the same frames as live, at a pace of one's choice, from any moment."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager, suppress
from typing import Final

from components.streaming.frame import Frame, Framer
from components.streaming.meter import Report
from components.streaming.pacing import Live, Pacer
from components.streaming.readers import Breath
from components.streaming.records import Record, Sent
from components.streaming.stop import Stop
from components.streaming.trace.run_file import RunFile
from components.streaming.trace.trace import Trace

# Seconds. In a long silence frames without anything new still tell what time it is in the run.
TICK: Final = 0.25
# Records of one frame where nothing is waited for.
MOST: Final = 5_000


async def replay(
    run_file: RunFile,
    *,
    speed: float = 1.0,
    start: float = 0.0,
    stop: Stop | None = None,
    live: Live | None = None,
) -> AsyncGenerator[Frame]:
    """Yield frames as a live run does; the last one has the file's report, if the run ended.

    Args:
        speed: times the run's own pace; `math.inf` waits for nothing.
        start: the first frame has everything up to then, in seconds of the run.
        stop: ends the replay; its last frame has no report.

    Raises:
        BadRunFile: the file has changed since it was opened.
        ValueError: the speed isn't above 0.
    """
    if not speed > 0:
        raise ValueError("a replay's speed is above 0")
    stop, live = stop or Stop(), live or Live()
    start = max(0.0, start)
    player = _Player(run_file)
    with live, _waking(stop) as stopped:
        pacer = Pacer(live)
        try:
            began, at = time.perf_counter(), start
            while not stop.is_set():
                at = start + (time.perf_counter() - began) * speed if speed < math.inf else math.inf
                await player.play_to(at, stop)
                if player.next_at is None:
                    break
                if player.next_at <= at:  # as much as one frame holds
                    yield player.frame(at)
                    continue
                shown = time.perf_counter()
                yield player.frame(at)
                pacer.shown(cost=time.perf_counter() - shown)
                due = min((player.next_at - start) / speed - (time.perf_counter() - began), TICK)
                with suppress(TimeoutError):
                    async with asyncio.timeout(max(pacer.wait(), due)):
                        await stopped.wait()
            report = None if stop.is_set() else run_file.report
            yield player.frame(min(at, run_file.seconds), report=report)
        finally:
            player.close()


def shown_frames(run_file: RunFile) -> Iterator[Frame]:
    """Those that were shown then, waiting for nothing."""
    trace = Trace()
    trace.start(run_file.header.method)
    framer = Framer(trace.meter)
    for record in run_file.records():
        trace.add(record)
        if isinstance(record, Sent):
            yield framer.frame(trace.take(), record.at)
    yield framer.frame(trace.take(), run_file.seconds, run_file.report)


class _Player:
    """Feeds a file's records to a trace in their order."""

    def __init__(self, run_file: RunFile) -> None:
        self._trace = Trace()
        self._trace.start(run_file.header.method)
        self._framer = Framer(self._trace.meter)
        self._records = run_file.records()
        self._next: Record | None = next(self._records, None)

    @property
    def next_at(self) -> float | None:
        """When the next record came, in seconds of the run; None after the last."""
        return None if self._next is None else self._next.at

    async def play_to(self, at: float, stop: Stop) -> None:
        """Feed what came by then, `MOST` records at the most."""
        breath, left = Breath(), MOST
        while self._next is not None and self._next.at <= at and left and not stop.is_set():
            self._trace.add(self._next)
            self._next = next(self._records, None)
            left -= 1
            if breath.due:
                await breath.take()

    def frame(self, at: float, report: Report | None = None) -> Frame:
        return self._framer.frame(self._trace.take(), at, report)

    def close(self) -> None:
        self._records.close()


@contextmanager
def _waking(stop: Stop) -> Iterator[asyncio.Event]:
    """An event of the running loop that Stop sets."""
    loop, stopped = asyncio.get_running_loop(), asyncio.Event()

    def tell() -> None:
        with suppress(RuntimeError):  # the loop has closed, and the replay with it
            loop.call_soon_threadsafe(stopped.set)

    stop.call(tell)
    try:
        yield stopped
    finally:
        stop.forget(tell)
