"""The events of a run as it goes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import aclosing

from components.streaming.admission import Admission
from components.streaming.connection import Connection
from components.streaming.events.frame import EventFrame
from components.streaming.events.recorder import Recorder
from components.streaming.pacing import Live
from components.streaming.run import run
from components.streaming.stop import Stop


async def event_frames(
    open_source: Callable[[], Connection],
    recorder: Recorder,
    *,
    stop: Stop | None = None,
    live: Live | None = None,
    admission: Admission | None = None,
) -> AsyncIterator[EventFrame]:
    """Run a chain by `astream_events` and yield what is new; the last frame has the report.

    Closing this iterator stops the run; the run file then ends as stopped. Raises nothing of the model's.
    """
    running = run(
        open_source, method="astream_events", stop=stop, live=live, admission=admission, recorder=recorder
    )
    async with aclosing(running) as frames:  # type: ignore[type-var]
        async for frame in frames:
            if frame.report is None:
                yield recorder.frame(frame.retry, frame.place)
    for last in recorder.last_frames():
        yield last
