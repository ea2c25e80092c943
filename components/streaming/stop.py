"""What one run is told from outside, from any thread: to end, to think no longer, yes or no."""

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, TypeVar

from components.streaming.faults import Fault
from components.streaming.trace import Trace

T = TypeVar("T")
# Seconds for a yes or no. A run that waits holds one of the places there are for runs.
PATIENCE = 300.0


class Stopped(BaseException):
    """Raised inside the model's own loop when the run was told to stop.

    It has to be an exception: returning from a step, or closing a sync chain's generator, makes
    LangChain drain the model to its end first. Like a cancellation it is no `Exception`: a chain's
    fallbacks must not take it for a failure, nor LangChain log it as a callback's.
    """


class Stop(threading.Event):
    """Set once. `at` is the `time.perf_counter()` of that moment, in seconds.

    `fault` says why, where it wasn't the reader's wish: the run then ends as one that failed. `skip` stops
    its thinking only, while a model is asked whose server can. `answer` answers what the run asks its reader,
    while it does; from the loop.
    """

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.Lock()
        self._callbacks: list[Callable[[], object]] = []
        self.at: float | None = None
        self.fault: Fault | None = None
        self.skip: Callable[[], None] | None = None
        self.answer: Callable[[bool], None] | None = None

    def set(self, fault: Fault | None = None) -> None:
        with self._lock:
            if self.at is not None:
                return
            self.fault = fault
            self.at = time.perf_counter()
            super().set()
            callbacks = self._callbacks
            self._callbacks = []
        for callback in callbacks:
            callback()

    async def unless(self, future: asyncio.Future[T]) -> T:
        """The result of `future`, which is left alone if this is set first. Raises Stopped: it is set."""
        loop = asyncio.get_running_loop()
        told: asyncio.Future[None] = loop.create_future()

        def tell() -> None:
            with suppress(RuntimeError):  # the loop has closed
                loop.call_soon_threadsafe(told.cancel)

        self.call(tell)
        try:
            both: list[asyncio.Future[Any]] = [future, told]
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self.forget(tell)
        if self.is_set():
            raise Stopped
        return future.result()

    async def sleep(self, seconds: float) -> None:
        """Raises Stopped: it was set meanwhile."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.unless(asyncio.get_running_loop().create_future())

    def call(self, callback: Callable[[], object]) -> None:
        """Have `callback` called when set, by whoever sets it; at once if it already was."""
        with self._lock:
            if self.at is None:
                self._callbacks.append(callback)
                return
        callback()

    def forget(self, callback: Callable[[], object]) -> None:
        """Undo `call`; nothing happens if it was never asked for or has been called."""
        with self._lock:
            if callback in self._callbacks:
                self._callbacks.remove(callback)


def ask_reader(stop: Stop, trace: Trace) -> Callable[[], Awaitable[bool]]:
    """On the event loop, ask a run's reader whether its chain goes on; what it gives waits for the answer.

    Who tells of the question does so after this: `stop` has the way to answer then. Waiting raises Stopped:
    nobody answers, or the run is stopped.
    """
    answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    def take(yes: bool) -> None:
        if not answer.done():
            answer.set_result(yes)

    async def wait() -> bool:
        try:
            async with asyncio.timeout(PATIENCE):
                return await stop.unless(answer)
        except TimeoutError:
            stop.set(Fault("unanswered"))
            raise Stopped from None
        finally:
            stop.answer = None
            trace.phase("answered")

    stop.answer = take
    trace.phase("asking")
    return wait
