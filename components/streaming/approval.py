"""A chain's question to whoever reads its run: whether to go on."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from components.streaming.faults import Fault
from components.streaming.stop import Stop, Stopped
from components.streaming.trace import Trace

# Seconds. A run that waits holds one of the places there are for runs.
PATIENCE = 300.0


class Approval:
    """Of one run, on the event loop. `Stop` has the way to answer while the question stands."""

    def __init__(self, stop: Stop, trace: Trace) -> None:
        self._stop = stop
        self._trace = trace
        self._answer: asyncio.Future[bool] | None = None

    def ask(self) -> None:
        """Who tells of the question does so after this: it can be answered then."""
        loop = asyncio.get_running_loop()
        answer = self._answer = loop.create_future()

        def settle(yes: bool) -> None:
            if not answer.done():
                answer.set_result(yes)

        def take(yes: bool) -> None:
            with suppress(RuntimeError):  # the loop has closed
                loop.call_soon_threadsafe(settle, yes)

        self._stop.answer = take
        self._trace.phase("asking")

    async def answer(self) -> bool:
        """
        Raises:
            Stopped: nobody answers, or the run is stopped.
        """
        if self._answer is None:
            raise RuntimeError("nothing was asked")
        try:
            async with asyncio.timeout(PATIENCE):
                return await self._stop.unless(self._answer)
        except TimeoutError:
            self._stop.set(Fault("unanswered"))
            raise Stopped from None
        finally:
            self._stop.answer = None
            self._trace.phase("answered")
