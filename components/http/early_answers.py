"""Answers that come before their request's end: they reach also those who first send all of it."""

import asyncio
from contextlib import suppress

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from components.gradio_internals.server import has_body

# Seconds in all, and of silence, for which the rest of a body is still taken in, and thrown away.
LINGER, LINGER_SILENT = 30.0, 5.0


class EarlyAnswers:
    """Ends an answer when the request has.

    A connection that is closed while something comes is reset, and the answer may be lost with it; proxies
    then say something of their own.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        coming = has_body(scope)

        async def received() -> Message:
            nonlocal coming
            message = await receive()
            coming = message.get("more_body", False)  # none where the client has left
            return message

        async def rest() -> None:
            with suppress(TimeoutError):
                async with asyncio.timeout(LINGER):
                    while coming:
                        async with asyncio.timeout(LINGER_SILENT):
                            await received()

        async def sent(message: Message) -> None:
            if coming and message["type"] == "http.response.start":
                MutableHeaders(scope=message)["connection"] = "close"
            elif coming and message["type"] == "http.response.body" and not message.get("more_body"):
                await send({**message, "more_body": True})
                await rest()
                message = {"type": "http.response.body"}
            await send(message)

        await self._app(scope, received, sent)
