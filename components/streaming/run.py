"""One run: one chain, one input, one method, one stop. Every view reads the same async iterator."""

from __future__ import annotations

import asyncio
import logging
import random
import time
import traceback
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from components.streaming.connection import READERS, Connection, Reader, RunnableConfig, Wire, in_thread
from components.streaming.faults import Failure, Fault, causes_of, fault_from
from components.streaming.frame import Frame
from components.streaming.pacing import ChunkBuffer, Live, Pacer
from components.streaming.records import Ending, Event, Outcome, Sent, is_abnormal
from components.streaming.stop import Stop, Stopped, ask_reader
from components.streaming.text import redact, text_of
from components.streaming.trace import Trace

if TYPE_CHECKING:
    from components.streaming.model_callback import ModelCallback

log = logging.getLogger(__name__)

ATTEMPTS = 3
# Seconds before the second attempt, twice as many before the third, and up to so many more by chance.
BACKOFF = 0.5
JITTER = 0.5
# A provider that asks for a longer wait gets no second request: the reader is told how long instead.
LONGEST_WAIT = 20.0
# How long a stopped reader may take to close its connection before the receipt says that it didn't.
PATIENCE = 5.0
# Seconds between two looks at the loop's clock, and how late a look may be on an idle machine.
OFTEN = 0.05
SLACK = 0.005


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

        Raises Failure: it may not.
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
    some = False
    reading = asyncio.create_task(attempts.read(), name=f"run {reader.name}")
    try:
        while await pacer.next_is_due(buffer):
            frame = buffer.frame()
            some = some or (rows and any(isinstance(record, Event) for record in frame.records))
            yield frame
            took = trace.now()
            # The first text waits for no frame before it.
            if frame.parts or some:
                trace.add(Sent(took, round(took - frame.at, 6), frame.chunks))
                growing = frame.parts[-1].text if frame.parts else ""
                pacer.shown(took - frame.at, len(growing))
        ending = await reading
        # What its reader makes of the last frame is not waited for: the report is in it.
        trace.settle()
        trace.add(Sent(trace.now(), 0.0, trace.reply.meter.chunks))
        trace.end(ending)
        yield replace(trace.frame(), report=trace.report, last=True)
    finally:
        stop.set()
        try:
            await asyncio.wait([reading])
            # Also when the reader of this iterator has gone.
            if trace.report is None and not reading.cancelled():
                trace.end(reading.result())
        finally:
            trace.close()
            ended, text = trace.report, trace.reply.text
            ran = Ran("stopped", tokens=attempts.callback.tokens, text=text, secrets=trace.secrets)
            if ended is not None:  # else the reader was cancelled: the server is ending
                ran = replace(ran, verdict=ended.verdict.value, fault=ended.fault, chunks=ended.chunks)
                ran = replace(ran, first_token=ended.first_token, seconds=ended.seconds)
            admission.leave(ran)


@dataclass(slots=True)
class Attempts:
    """All the attempts of one run. Lives on the event loop."""

    connect: Callable[[], Connection]
    reader: Reader
    stop: Stop
    buffer: ChunkBuffer
    pacer: Pacer
    admission: Admission
    rows: bool = False
    trace: Trace = field(init=False)
    callback: ModelCallback = field(init=False)
    _source: Connection | None = None
    # Nothing is open but while a chain is read.
    _closed_after: float | None = 0.0
    _rested: float = 0.0
    _place: int = 0

    def __post_init__(self) -> None:
        from components.streaming.model_callback import ModelCallback

        self.trace = self.buffer.trace
        # Where not all events are asked for, the chain's text may not be among them: the model's is heard.
        hears, estimates = bool(self.trace.asked), self.admission.estimates
        self.callback = ModelCallback(self.stop, self.buffer.push, hears=hears, estimates=estimates)
        self.stop.call(partial(self.trace.phase, "stop"))

    async def read(self) -> Ending:
        """Never raises but for cancellation; a failure is the ending's fault."""
        fault, stopped, closed_after, entered = None, False, None, False
        try:
            await self._enter()
            entered = True
            with self.pacer:
                await self._with_retries()
            outcome = self.callback.outcome
            if outcome is not None and self._source is not None:  # else a chain without a model
                fault = self._fault_of_end(outcome, self._source.wire)
                fault = fault and self._source.refine(fault)
            if fault is not None:
                log.warning("%s failed: %s", self.reader.name, fault.kind)
        except Stopped:
            fault, closed_after = self.stop.fault, self._closed_after
            stopped = fault is None
        except asyncio.CancelledError:
            self.stop.set()
            raise
        except Exception as exc:  # noqa: BLE001  # any provider's SDK may raise anything
            fault = self._fault(exc)
            # One that was not let in, or not to its end, is no error of anybody's; there may be thousands.
            if entered or not isinstance(exc, Failure):
                # What our own code found wrong says where by its kind.
                known = isinstance(exc, Failure) and exc.__cause__ is None
                lines = traceback.format_exception_only(exc) if known else traceback.format_exception(exc)
                told = redact("".join(lines), self.trace.secrets)
                log.warning("%s failed: %s\n%s", self.reader.name, fault.kind, told)
        finally:
            self.buffer.end()
        notes = tuple(self._source.wire.notes) if self._source else ()
        return Ending(self.callback.outcome or Outcome(), fault, stopped, closed_after, notes)

    async def _enter(self) -> None:
        """Unless Stop comes first."""
        entering = asyncio.ensure_future(self.admission.enter(self._queue))
        try:
            await self.stop.unless(entering)
        finally:
            entering.cancel()
            [refused] = await asyncio.gather(entering, return_exceptions=True)
            if isinstance(refused, Failure):  # before Stop
                raise refused

    def _queue(self, place: int) -> None:
        """In the line of runs that wait; 0 when it is its turn. The same may be told again."""
        if place != self._place:
            self._place = place
            self.buffer.announce("queued", place=place)

    async def _with_retries(self) -> None:
        for number in range(1, ATTEMPTS + 1):
            try:
                await self._attempt(number)
            except Exception as exc:
                if number == ATTEMPTS or self.buffer.has_content or self.stop.is_set():
                    raise
                fault = self._fault(exc)
                asked = fault.retry_after or 0.0
                if not fault.retryable or asked > LONGEST_WAIT:
                    raise
            else:
                return
            backoff = BACKOFF * 2 ** (number - 1) + random.uniform(0, JITTER)
            wait = max(backoff, asked)
            log.info("attempt %d failed: %s", number, fault.kind)
            self.buffer.announce("retry", attempt=number + 1, seconds=wait, fault=fault)
            await self.stop.sleep(wait)

    async def _attempt(self, number: int) -> None:
        self.trace.phase("opening", attempt=number)
        if number > 1:
            self.buffer.notify()  # a view no longer waits to try again
        began = time.perf_counter()
        source = self._source = await self._open()
        self.stop.call(source.abort)
        self.stop.skip = source.skip
        self.callback.begin(source)
        try:
            setup = time.perf_counter() - began
            self.trace.attempt(number, setup, source.secrets, source.value)
            source.wire.trace = self.trace
            used = source.cpu()
            with LoopLagMeter(over=lambda: self.buffer.has_content) as lag:
                await self._consume(source)
            now = source.cpu()
            cpu = None if used is None or now is None else round(now - used, 6)
            self.trace.phase("late", seconds=lag.seconds, cpu=cpu)
        finally:
            self.stop.forget(source.abort)
            self.stop.skip = None
            source.close()

    async def _open(self) -> Connection:
        opening = in_thread(self.connect, "open")
        try:
            return await self.stop.unless(opening)
        except (Stopped, asyncio.CancelledError):
            # A thread can't be called back: what it opens for nobody is closed when it comes.
            opening.add_done_callback(_close_late)
            raise

    async def _consume(self, source: Connection) -> None:
        ask = partial(ask_reader, self.stop, self.trace)
        config: RunnableConfig = {"callbacks": [self.callback], "configurable": {"ask_reader": ask}}
        read: Any = partial(self.reader.read, source, config, self._put, self._take, self.trace.asked)
        reading: asyncio.Future[None]
        reading = in_thread(read, self.reader.name) if self.reader.blocks else asyncio.ensure_future(read())
        try:
            await self.stop.unless(reading)
        except Stopped:
            await self._close(reading)
            raise
        except asyncio.CancelledError:
            source.abort()
            reading.cancel()
            raise
        except Exception:
            self.callback.abandon()
            raise

    def _take(self, event: Any) -> None:
        self.trace.event(event)
        if self.rows:
            self.buffer.notify()

    async def _close(self, reading: asyncio.Future[None]) -> None:
        """See that a stopped reader ends: `abort` or its next token wakes a thread, cancelling a task."""
        if not self.reader.blocks:
            reading.cancel()
        await asyncio.wait([reading], timeout=PATIENCE)
        if not reading.done():
            log.warning("%s did not close its connection within %g s of Stop", self.reader.name, PATIENCE)
            reading.add_done_callback(self._let_go)
            self._closed_after = None
            return
        self._let_go(reading)
        self._closed_after = time.perf_counter() - (self.stop.at or 0.0)

    def _let_go(self, reading: asyncio.Future[None]) -> None:
        """Take what a stopped reader raised, a broken connection as was wanted, and free what it holds.

        A traceback keeps a chain's generators alive, and they it: their socket would stay open until a
        garbage collection.
        """
        self.callback.abandon()
        try:
            raised = reading.exception()
        except asyncio.CancelledError as cancelled:
            raised = cancelled
        for exc in causes_of(raised) if raised else ():
            traceback.clear_frames(exc.__traceback__)

    def _put(self, chunk: Any) -> None:
        """From any thread of the reader's, which may be made to rest."""
        first = not self.buffer.has_text
        self.buffer.push(text_of(chunk), self.reader.kind, rested=self._rested)
        if self.reader.rests and (seconds := self.pacer.rest(first=first and self.buffer.has_text)):
            began = time.perf_counter()
            self.stop.wait(seconds)
            self._rested += time.perf_counter() - began

    def _fault(self, exc: BaseException) -> Fault:
        fault = fault_from(exc, after_text=self.buffer.has_content, secrets=self.trace.secrets)
        return self._source.refine(fault) if self._source else fault

    def _fault_of_end(self, outcome: Outcome, wire: Wire) -> Fault | None:
        """Of a stream that ended without an exception; None where it is what the model wanted to say."""
        reason, kinds = outcome.finish_reason, self.buffer.kinds
        if wire.refusal:
            return Fault("refused", {"detail": wire.refusal})
        if reason == "content_filter":
            return Fault("content_filter")
        if is_abnormal(reason):
            return Fault("provider_ended", {"detail": ": ".join(filter(None, (reason, wire.ending)))})
        # A server that says that it is done, but never why, has sent all it had.
        if not reason and not wire.done:
            return Fault("cut_off", retryable=True)
        if self.buffer.has_text or "tool_call" in kinds:
            return None
        if self.callback.wrote:  # JsonOutputParser is silent then
            return Fault("unreadable", {"detail": "Nothing in it could be used."})
        if "reasoning" in kinds or outcome.reasoning_tokens:
            tokens = outcome.reasoning_tokens or outcome.output_tokens
            kind = "spent_on_thinking" if reason == "length" else "thought_only"
            return Fault(kind, {} if tokens is None else {"tokens": str(tokens)})  # type: ignore[arg-type]
        if parts := ", ".join(value for kind, value in wire.notes if kind == "not_shown"):
            return Fault("empty", {"parts": parts})
        return Fault("spent") if reason == "length" else Fault("empty", retryable=True)


def _close_late(opening: asyncio.Future[Connection]) -> None:
    if opening.exception() is None:
        opening.result().close()


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

    def __exit__(self, *exc: object) -> None:
        self._over = lambda: True
        self._look()

    def _look(self) -> None:
        if self._next is None:
            return
        self._next.cancel()
        late = self._loop.time() - self._next.when()
        if late > SLACK:
            self.seconds += late
        self._next = None if self._over() else self._loop.call_later(OFTEN, self._look)
