"""One run: one chain, one input, one method, one stop. Every view reads the same async iterator."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from components.streaming.admission import Admission, Open, Ran
from components.streaming.attempts import Attempts
from components.streaming.chunk_buffer import ChunkBuffer, Retry
from components.streaming.connection import Connection
from components.streaming.meter import Ending, Meter, Report
from components.streaming.pacing import INTERVAL, Live, Pacer
from components.streaming.parts import Line, Part, Reply
from components.streaming.readers import READERS, Reader
from components.streaming.stop import Stop

if TYPE_CHECKING:
    from components.streaming.events.recorder import Recorder


@dataclass(frozen=True, slots=True)
class Frame:
    """What a view shows now: all of the reply so far, and in the last frame the report.

    `text`: of its parts of that kind. The first frame comes with the first text, or soon without one, so
    that a view can say that it waits; `retry` is set while the engine waits to try again, before any text
    has come. `place`: in the line of runs that wait, from 1, 0 when not in it. `started`: when the first
    request was sent, in `time.perf_counter()` seconds. `left_out`: lines that were too many to be kept.
    """

    text: str
    chunks: int
    parts: tuple[Part, ...] = ()
    retry: Retry | None = None
    place: int = 0
    started: float = 0.0
    left_out: int = 0
    report: Report | None = None

    @property
    def lines(self) -> list[Line]:
        return [Line(part.began - self.started, part.text) for part in self.parts if part.kind == "line"]


async def run(
    connect: Callable[[], Connection],
    reader: Reader = READERS["stream"],
    *,
    stop: Stop | None = None,
    live: Live | None = None,
    admission: Admission | None = None,
    recorder: Recorder | None = None,
    drawing: float = 0.0,
    interval: float = INTERVAL,
) -> AsyncGenerator[Frame]:
    """Run a chain and yield frames; the last one, always there, has the whole text and the report.

    Args:
        connect: opens the connection and prepares the input; called in a thread, anew for every
            attempt.
        reader: how the chain is read. By any of the methods it gives the same text.
        stop: ends the run from outside. Closing this iterator ends it too.
        live: shared by all runs of a process, so that frames get rarer as runs get more.
        admission: whether and when the run may begin; it is told how it went.
        recorder: takes every event of an `astream_events` run, and frames come even without text. Where it
            doesn't ask for all events, `text` is of those it asked for; the report counts the model's words.
        drawing: seconds that the view needs to draw a character, if it draws all of a part with every
            frame: frames get rarer as it grows, so that it is done half of the time.
        interval: seconds between two frames where nothing makes them rarer.

    Raises nothing of the model's: a failure is the last frame's `report.fault`.
    """
    if recorder is not None and reader.name != "astream_events":
        raise ValueError(f"{reader.name} has no events to record")
    stop = stop or Stop()
    live, admission = live or Live(), admission or Open()
    buffer, meter, pacer = ChunkBuffer(), Meter(), Pacer(live, drawing, interval)
    attempts = Attempts(connect, reader, stop, buffer, meter, pacer, live, admission, recorder)
    reply, last = Reply(), None

    def frame(ending: Ending | None = None) -> Frame:
        _take(buffer, meter, reply)
        return Frame(
            reply.text,
            meter.chunks,
            reply.parts,
            retry=buffer.retry,
            place=buffer.place,
            started=meter.started,
            left_out=reply.left_out,
            report=meter.report(method=reader.name, ending=ending, notes=reply.notes) if ending else None,
        )

    reading = asyncio.create_task(attempts.read(), name=f"run {reader.name}")
    try:
        while await pacer.next_is_due(buffer):
            shown = frame()
            yielded = time.perf_counter()
            yield shown
            # The first text waits for no frame before it.
            if shown.parts or (recorder is not None and recorder.some):
                growing = shown.parts[-1].text if shown.parts else shown.text
                pacer.shown(time.perf_counter() - yielded, len(growing))
        last = frame(await reading)
        if recorder is not None and last.report is not None:
            recorder.end(last.report)
        yield last
    finally:
        stop.set()
        try:
            await asyncio.wait([reading])
            # Also when the reader of this iterator has gone.
            if last is None and not reading.cancelled():
                last = frame(reading.result())
        finally:
            report = last.report if last is not None else None
            if recorder is not None:
                if report is not None:
                    recorder.end(report)
                recorder.close()
            admission.leave(_ran(report, reply.text, attempts))


def _ran(report: Report | None, text: str, attempts: Attempts) -> Ran:
    """`report` is None when the reader was cancelled: the server is ending."""
    if report is None:
        return Ran("stopped", None, None, 0.0, 0, attempts.tokens, text, attempts.secrets)
    return Ran(
        verdict=report.verdict.value,
        fault=report.fault,
        first_token=report.first_token,
        seconds=report.seconds,
        chunks=report.chunks,
        tokens=attempts.tokens,
        text=text,
        secrets=attempts.secrets,
    )


def _take(buffer: ChunkBuffer, meter: Meter, reply: Reply) -> None:
    taken, observed = buffer.take(), buffer.take_observed()
    reply.add(taken)
    if buffer.observes:
        taken = sorted([*observed, *(chunk for chunk in taken if chunk.kind != "text")])
    meter.add(taken)
