"""One run: one chain, one input, one method, one stop. Every view reads the same async iterator."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field, replace
from typing import Any

from components.streaming.attempts import Attempts
from components.streaming.connection import Connection
from components.streaming.faults import Fault
from components.streaming.frame import Frame, Reply
from components.streaming.pacing import ChunkBuffer, Live, Pacer
from components.streaming.readers import READERS, Reader
from components.streaming.records import Ending, Event, Sent
from components.streaming.report import Report
from components.streaming.stop import Stop
from components.streaming.trace import Trace


@dataclass(frozen=True, slots=True)
class Ran:
    """How a run went, whatever kind it was. Times in seconds; `tokens`: of all its requests, as the model
    said, or estimated for an admission that `estimates`; `text` is what was shown, and `secrets` are to be
    struck out of it.
    """

    verdict: str
    fault: Fault | None = None
    first_token: float | None = None
    seconds: float = 0.0
    chunks: int = 0
    tokens: int = 0
    text: str = field(default="", repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)


class Admission:
    """What a run passes before it opens a connection, and tells as it leaves; this one lets it in at once."""

    @property
    def estimates(self) -> bool:
        """Whether it has to know of tokens that the model doesn't count."""
        return False

    async def enter(self, tell: Callable[[int], None]) -> None:
        """Wait until the run may begin; `tell` is given its place in line, 0 when it is its turn.

        Raises:
            Failure: it may not.
        """

    def leave(self, ran: Ran) -> None:
        """Called once, on the loop, however the run ended; also when it never entered."""


async def run(
    connect: Callable[[], Connection],
    reader: Reader = READERS["stream"],
    *,
    stop: Stop | None = None,
    live: Live | None = None,
    admission: Admission | None = None,
    trace: Trace | None = None,
    rows: bool = False,
    **pace: Any,
) -> AsyncGenerator[Frame]:
    """Run a chain and yield frames; the last one, always there, has the whole text and the report.

    Args:
        connect: opens the connection and prepares the input; called in a thread, anew for every
            attempt.
        reader: how the chain is read. By any of the methods it gives the same text.
        stop: ends the run from outside. Closing this iterator ends it too.
        live: shared by all runs of a process, so that frames get rarer as runs get more.
        admission: whether and when the run may begin; it is told how it went.
        trace: what keeps and writes the run. Where it doesn't ask for all events of `astream_events`, `text`
            is of those it asked for; the report counts the model's words.
        rows: frames come for events too, even without text.
        pace: how often frames come, see `Pacer`.

    Raises nothing of the model's: a failure is the last frame's `report.fault`.
    """
    stop, trace = stop or Stop(), trace or Trace()
    admission = admission or Admission()
    trace.start(reader.name)
    buffer, pacer = ChunkBuffer(trace), Pacer(live or Live(), **pace)
    attempts = Attempts(connect, reader, stop, buffer, pacer, admission, rows)
    reply, some = Reply(), False
    reading = asyncio.create_task(attempts.read(), name=f"run {reader.name}")
    try:
        while await pacer.next_is_due(buffer):
            frame = reply.frame(buffer.take(), trace.meter, trace.now(), unrecorded=trace.trouble)
            some = some or (rows and any(isinstance(record, Event) for record in frame.records))
            yield frame
            took = trace.now()
            # The first text waits for no frame before it.
            if frame.parts or some:
                trace.add(Sent(took, round(took - frame.at, 6), frame.chunks))
                growing = frame.parts[-1].text if frame.parts else ""
                pacer.shown(took - frame.at, len(growing))
        ending = await reading
        frame = reply.frame(buffer.take(), trace.meter, trace.now())
        # What its reader makes of it is not waited for: the report is in it.
        trace.add(Sent(trace.now(), 0.0, frame.chunks))
        report = trace.end(_noted(ending, reply))
        records = [*frame.records, *buffer.take()]
        yield replace(frame, records=records, report=report, latest=None, unrecorded=trace.trouble, last=True)
    finally:
        stop.set()
        try:
            await asyncio.wait([reading])
            # Also when the reader of this iterator has gone.
            if trace.report is None and not reading.cancelled():
                reply.add(trace.take())
                trace.end(_noted(reading.result(), reply))
        finally:
            trace.close()
            admission.leave(_ran(trace.report, reply.text, attempts))


def _noted(ending: Ending, reply: Reply) -> Ending:
    return replace(ending, notes=(*ending.notes, *reply.notes))


def _ran(report: Report | None, text: str, attempts: Attempts) -> Ran:
    """`report` is None when the reader was cancelled: the server is ending."""
    told: dict[str, Any] = {
        "tokens": attempts.callback.tokens,
        "text": text,
        "secrets": attempts.trace.secrets,
    }
    if report is None:
        return Ran("stopped", **told)
    verdict, timed = report.verdict.value, (report.first_token, report.seconds, report.chunks)
    return Ran(verdict, report.fault, *timed, **told)
