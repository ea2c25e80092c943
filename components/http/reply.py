"""A run as the body of a response, in one of the formats."""

import asyncio
import logging
import time
from contextlib import aclosing
from typing import ClassVar
from uuid import uuid4

from fastapi.responses import StreamingResponse
from fastapi.sse import KEEPALIVE_COMMENT
from starlette.types import Receive, Scope, Send

from components.gradio_internals.server import break_off
from components.http.formats import Text
from components.http.refusal import fault_body, fault_response
from components.locale import Words
from components.runs.ask import Ask, frames, known
from components.runs.lab import Lab
from components.streaming import Report, Stop

log = logging.getLogger(__name__)

# Seconds between two pieces of a reply. Most of what a stream adds to its model's cost is waking up to send:
# where no page is drawn, pauses may be longer than its, as long as they stay under a tenth.
INTERVAL = 0.08
HEADERS = {
    "cache-control": "no-store, no-transform",  # a development server's proxy would compress it, and gather
    "x-accel-buffering": "no",  # nginx would gather it
    "x-content-type-options": "nosniff",  # so would a browser that guesses the type
}


class RunStream(StreamingResponse):
    """Runs the chat chain. The head waits for the first of the reply, so that a failure before it has its
    status; in plain text that is its text alone.

    A stream of events waits for it at most `silence` seconds; a failure after that is its last event.
    """

    # Seconds after which a client that takes nothing more is given up: it keeps its run waiting, and one of
    # the places there are for runs.
    patience: ClassVar = 60.0
    # Seconds after which a stream of events begins without its first text, and between its comments from then
    # on: a proxy gives up on a server that says nothing, often after a minute, some after five seconds.
    silence: ClassVar = 4.5
    comments: ClassVar = 15.0

    def __init__(self, lab: Lab, ask: Ask, words: Words, form: Text) -> None:
        super().__init__((), headers={**HEADERS, **form.headers}, media_type=form.media_type)
        self._lab = lab
        self._ask = ask
        self._words = words
        self._form = form
        self._begun = False
        self._sent = time.monotonic()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._answer(scope, receive, send)
        except TimeoutError:
            log.info("a client took nothing for %g s and was given up", self.patience)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._lab.runs.begin(uuid4().hex) as stop:
            watch = asyncio.create_task(_stop_when_left(receive, stop))
            try:
                report = await self._stream(stop, send)
            finally:
                watch.cancel()
        fault = report.fault
        if report.whole:
            await self._send(send, self._form.done(report), more=False)
        elif fault is None:
            return  # the client has left
        elif not self._begun:
            await fault_response(self._words, fault, known(self._ask))(scope, receive, send)
        elif self._form.events:
            told = self._form.fault(fault_body(self._words, fault, known(self._ask)))
            await self._send(send, told, more=False)
        else:  # in plain text a body that is left without its last chunk is what a client can see
            break_off(scope)

    async def _stream(self, stop: Stop, send: Send) -> Report:
        """Send the reply as it comes; where none comes nothing is sent, not even the head.

        To a stream of events, comments: proxies take a model that thinks for a server that is gone.
        """
        coming = frames(self._lab, self._ask, stop, interval=INTERVAL, silence=self.silence / 3)
        async with aclosing(coming) as shown:
            async for frame in shown:
                new = b"".join(self._form.piece(*piece) for piece in frame.new)
                silent = time.monotonic() - self._sent > (self.comments if self._begun else self.silence)
                if frame.report is None and not new and silent and self._form.events:
                    new = KEEPALIVE_COMMENT
                if new:
                    await self._send(send, new)
                if frame.report is not None:
                    return frame.report
        raise RuntimeError("a run without a report")

    async def _send(self, send: Send, body: bytes, *, more: bool = True) -> None:
        """A piece of the body, after the head where it is the first one."""
        async with asyncio.timeout(self.patience):
            if not self._begun:
                await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
                self._begun, body = True, self._form.begin() + body
            await send({"type": "http.response.body", "body": body, "more_body": more})
        self._sent = time.monotonic()


async def _stop_when_left(receive: Receive, stop: Stop) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    stop.set()
