"""A run file played again: the same frames as live, at a pace of one's choice, from any moment."""

import asyncio
import math
import time
from collections.abc import AsyncGenerator, Iterator
from contextlib import closing, suppress
from typing import Final

from components.streaming.frame import Frame, Reply
from components.streaming.meter import Meter
from components.streaming.pacing import INTERVAL, Live, Pacer
from components.streaming.records import Record, Sent
from components.streaming.stop import Stop, Stopped
from components.streaming.trace.run_file import RunFile

# Seconds. In a long silence frames without anything new still tell what time it is in the run.
TICK: Final = 0.25
# Records of one frame where nothing is waited for: others share the loop. And frames of a run that is shown.
MOST: Final = 500
MOST_SHOWN: Final = 2_000


async def replay(
    run_file: RunFile,
    *,
    speed: float = 1.0,
    start: float = 0.0,
    end: float = math.inf,
    patience: float = math.inf,
    stop: Stop | None = None,
    live: Live | None = None,
) -> AsyncGenerator[Frame]:
    """Yield frames as a live run does; the one that is `last` has the file's report, if the run ended.

    Args:
        speed: times the run's own pace; `math.inf` waits for nothing.
        start: the first frame has everything up to then, in seconds of the run.
        end: what came later isn't played.
        patience: of a silence, more than so many seconds of the run are skipped.
        stop: ends the replay, without a last frame.

    Raises:
        BadRunFile: the file has changed since it was opened.
        ValueError: the speed isn't above 0.
    """
    if not speed > 0:
        raise ValueError("a replay's speed is above 0")
    stop, start = stop or Stop(), max(0.0, start)
    pacer, reply = Pacer(live or Live()), Reply(run_file.header.method)
    with pacer, closing(run_file.records()) as records:
        following, began = next(records, None), time.perf_counter()
        while True:
            passed = time.perf_counter() - began
            at = min(end, start + passed * speed if speed < math.inf else math.inf)
            fed = 0
            while following is not None and following.at <= at and fed < MOST and not stop.is_set():
                reply.feed(following)
                following, fed = next(records, None), fed + 1
            if following is None or following.at > end or stop.is_set():
                break
            began -= max(0.0, following.at - max(at, start) - patience) / speed
            frame = reply.frame(min(at, following.at))
            shown = time.perf_counter()
            yield frame
            if following.at <= at:
                await asyncio.sleep(0)
                continue
            pacer.shown(cost=time.perf_counter() - shown)
            due = min((following.at - start) / speed - (time.perf_counter() - began), TICK)
            with suppress(Stopped):
                await stop.sleep(max(pacer.wait(), due))
        last = following is None and not stop.is_set()
        report = run_file.report if last else None
        yield reply.frame(min(at, run_file.seconds), report=report, last=last)


def shown_frames(run_file: RunFile) -> Iterator[Frame]:
    """Those that were shown then, waiting for nothing, and before the first of them what a reader would see.

    Their records are all that they have: a reply of ten thousand parts would be put together with each.
    """
    meter, new, shown, due = Meter(run_file.header.method), list[Record](), False, 0.0
    step = max(INTERVAL, run_file.seconds / MOST_SHOWN)
    for record in run_file.records():
        meter.feed(record)
        new.append(record)
        shown = shown or isinstance(record, Sent)
        if record.at >= due and isinstance(record, Sent) == shown:
            yield Frame("", meter.chunks, records=new, at=record.at, phases=meter.phases)
            new, due = [], record.at + step
    at, report = run_file.seconds, run_file.report
    yield Frame("", meter.chunks, records=new, at=at, phases=meter.phases, report=report, last=True)
