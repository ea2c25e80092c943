"""Reads a chain to its end, trying again while nothing has come, and stops it when told to."""

from __future__ import annotations

import asyncio
import logging
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from components.streaming.admission import Admission, admitted
from components.streaming.connection import Connection
from components.streaming.endings import fault_of_end
from components.streaming.faults import Failure, Fault, causes_of, fault_from
from components.streaming.lateness import Lateness
from components.streaming.mailbox import Mailbox, Retry
from components.streaming.meter import Ending, Meter, Outcome
from components.streaming.methods import ASYNC, SYNC, read_astream_events
from components.streaming.pacing import Live, Pacer
from components.streaming.redact import traceback_of
from components.streaming.stop import Stop, Stopped
from components.streaming.thread import in_thread

if TYPE_CHECKING:
    from langchain_core.runnables import RunnableConfig
    from langchain_core.runnables.schema import StreamEvent
    from tenacity import RetryCallState

    from components.streaming.events.recorder import Recorder
    from components.streaming.methods import AsyncReader
    from components.streaming.watch import ModelWatch

log = logging.getLogger(__name__)

ATTEMPTS = 3
# A provider that asks for a longer wait gets no second request: the reader is told how long instead.
LONGEST_WAIT = 20.0
# How long a stopped reader may take to close its connection before the receipt says that it didn't.
PATIENCE = 5.0


class Attempts:
    """All the attempts of one run. Lives on the event loop."""

    def __init__(
        self,
        open_source: Callable[[], Connection],
        method: str,
        *,
        stop: Stop,
        mailbox: Mailbox,
        meter: Meter,
        pacer: Pacer,
        live: Live,
        admission: Admission,
        recorder: Recorder | None = None,
    ) -> None:
        from components.streaming.watch import ModelWatch

        self._open_source = open_source
        self._method = method
        self._stop = stop
        self._mailbox = mailbox
        self._meter = meter
        self._pacer = pacer
        self._live = live
        self._admission = admission
        self._entered = False
        self._recorder = recorder
        # Where not all events are asked for, the chain's text may not be among them: the model's is heard.
        hear = mailbox.hear if recorder is not None and recorder.asked else None
        self._watch: ModelWatch = ModelWatch(stop, hear, part=mailbox.put_part, estimates=admission.estimates)
        self._source: Connection | None = None
        self._closed_after: float | None = None
        self._rested = 0.0
        loop = asyncio.get_running_loop()
        self._stopped = asyncio.Event()

        def tell() -> None:
            with suppress(RuntimeError):  # the loop has closed, and the run with it
                loop.call_soon_threadsafe(self._stopped.set)

        stop.call(tell)

    async def read(self) -> Ending:
        """Never raises but for cancellation; a failure is the ending's fault."""
        fault, stopped = None, False
        try:
            self._closed_after = 0.0  # nothing is open while it waits
            await admitted(self._admission, self._mailbox.stand, self._stop)
            self._closed_after, self._entered = None, True
            with self._live, self._pacer:
                await self._with_retries()
            fault = self._fault_of_end()
            if fault is not None:
                log.warning("%s failed: %s", self._method, fault.kind)
        except Stopped:
            fault = self._stop.fault
            stopped = fault is None
        except asyncio.CancelledError:
            self._stop.set()
            raise
        except Exception as exc:  # noqa: BLE001  # any provider's SDK may raise anything
            fault = self._fault(exc)
            # One that was not let in, or not to its end, is no error of anybody's; there may be thousands.
            if self._entered or not isinstance(exc, Failure):
                trace = traceback_of(exc, self.secrets)
                log.warning("%s failed: %s\n%s", self._method, fault.kind, trace)
        finally:
            self._mailbox.end()
        wire = self._source.wire if self._source else None
        return Ending(self._watch.outcome or Outcome(), fault, stopped, self._closed_after, wire)

    @property
    def tokens(self) -> int:
        """Of all requests so far; see `ModelWatch.tokens`."""
        return self._watch.tokens

    async def _with_retries(self) -> None:
        from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt

        retrying = AsyncRetrying(
            retry=retry_if_exception(self._worth_retrying),
            stop=stop_after_attempt(ATTEMPTS),
            wait=self._wait,
            sleep=self._sleep,
            before_sleep=self._announce,
            reraise=True,
        )
        await retrying(self._attempt)

    async def _attempt(self) -> None:
        self._mailbox.announce(None)
        began = time.perf_counter()
        source = self._source = await self._open()
        self._stop.call(source.abort)
        self._watch.begin(source)
        try:
            self._meter.start(setup=time.perf_counter() - began)
            if self._recorder is not None:
                self._recorder.begin(source)
            with Lateness(over=lambda: self._mailbox.has_content) as late:
                await self._consume(source)
            self._meter.was_late(late.seconds)
        finally:
            self._stop.forget(source.abort)
            source.close()

    async def _open(self) -> Connection:
        opening = in_thread(self._open_source, "open")
        wanted = False
        try:
            wanted = await self._before_stop(opening)
        finally:
            if not wanted:
                # A thread can't be called back: what it opens for nobody is closed when it comes.
                opening.add_done_callback(_close_late)
        if not wanted:
            self._closed_after = 0.0  # nothing was sent
            raise Stopped
        return opening.result()

    async def _consume(self, source: Connection) -> None:
        config: RunnableConfig = {"callbacks": [self._watch]}
        reading: asyncio.Future[None]
        if self._method in SYNC:
            # After the one text of `invoke` there is nothing that could be read later.
            put = self._mailbox.put if self._method == "invoke" else self._put_and_rest
            read = partial(SYNC[self._method], source.model, source.value, config, put)
            reading = in_thread(read, self._method)
        else:
            reader = self._reader()(source.model, source.value, config, self._mailbox.put)
            reading = asyncio.ensure_future(reader)
        try:
            if await self._before_stop(reading):
                reading.result()
                return
        except asyncio.CancelledError:
            source.abort()
            reading.cancel()
            raise
        await self._close(reading)
        raise Stopped

    def _reader(self) -> AsyncReader:
        if self._recorder is None:
            return ASYNC[self._method]
        take, wake = self._recorder.take, self._mailbox.wake

        def record(event: StreamEvent) -> None:
            if take(event):
                wake()

        return partial(read_astream_events, take=record, asked=self._recorder.asked.arguments())

    async def _close(self, reading: asyncio.Future[None]) -> None:
        """See that a stopped reader ends: `abort` or its next token wakes a thread, cancelling a task."""
        if self._method in ASYNC:
            reading.cancel()
        await asyncio.wait([reading], timeout=PATIENCE)
        if not reading.done():
            log.warning("%s did not close its connection within %g s of Stop", self._method, PATIENCE)
            reading.add_done_callback(_let_go)
            return
        _let_go(reading)
        self._closed_after = time.perf_counter() - (self._stop.at or 0.0)

    async def _before_stop(self, future: asyncio.Future[Any]) -> bool:
        """Wait for `future` or for Stop; whether the future was first."""
        stopped = asyncio.ensure_future(self._stopped.wait())
        try:
            await asyncio.wait([future, stopped], return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopped.cancel()
        return future.done() and not self._stop.is_set()

    def _put_and_rest(self, text: str) -> None:
        """From a reader's thread."""
        first = bool(text) and not self._mailbox.has_text
        self._mailbox.put(text, self._rested)
        if seconds := self._pacer.rest(first=first):
            began = time.perf_counter()
            self._stop.wait(seconds)
            self._rested += time.perf_counter() - began

    @property
    def secrets(self) -> tuple[str, ...]:
        known = self._recorder.secrets if self._recorder is not None else ()
        return (*known, *self._source.secrets) if self._source else known

    def _fault(self, exc: BaseException) -> Fault:
        fault = fault_from(exc, after_text=self._mailbox.has_content, secrets=self.secrets)
        return self._source.refine(fault) if self._source else fault

    def _fault_of_end(self) -> Fault | None:
        """What is wrong with a stream that ended without an exception."""
        outcome = self._watch.outcome
        if outcome is None or self._source is None:
            return None  # a chain without a model
        fault = fault_of_end(outcome, self._mailbox, self._source.wire)
        return fault and self._source.refine(fault)

    def _worth_retrying(self, exc: BaseException) -> bool:
        if self._mailbox.has_content or self._stop.is_set() or not isinstance(exc, Exception):
            return False
        fault = self._fault(exc)
        return fault.retryable and (fault.retry_after or 0.0) <= LONGEST_WAIT

    def _wait(self, state: RetryCallState) -> float:
        from tenacity import wait_exponential_jitter

        backoff = wait_exponential_jitter(initial=0.5, max=8, jitter=0.5)(state)
        return max(backoff, self._fault(_exception(state)).retry_after or 0.0)

    async def _sleep(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._stopped.wait()
        except TimeoutError:
            return
        self._closed_after = 0.0  # nothing was open
        raise Stopped

    def _announce(self, state: RetryCallState) -> None:
        fault = self._fault(_exception(state))
        log.info("attempt %d failed: %s", state.attempt_number, fault.kind)
        retry = Retry(state.attempt_number + 1, state.upcoming_sleep, fault)
        if self._recorder is not None:
            self._recorder.retry(retry)
        self._mailbox.announce(retry)


def _close_late(opening: asyncio.Future[Connection]) -> None:
    if opening.exception() is None:
        opening.result().close()


def _let_go(reading: asyncio.Future[None]) -> None:
    """Take what a stopped reader raised, a broken connection as was wanted, and free what it holds.

    A traceback keeps a chain's generators alive, and they it: their socket would stay open until a garbage
    collection.
    """
    try:
        raised = reading.exception()
    except asyncio.CancelledError as cancelled:
        raised = cancelled
    for exc in causes_of(raised) if raised else ():
        traceback.clear_frames(exc.__traceback__)


def _exception(state: RetryCallState) -> BaseException:
    exc = state.outcome.exception() if state.outcome else None
    if exc is None:
        raise RuntimeError("a retry without an exception")
    return exc
