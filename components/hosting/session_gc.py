"""Open pages and responses in flight, and how long what the server holds for a page outlives it."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from components.gradio_internals.routes import HEARTBEAT
from components.gradio_internals.server import has_body
from components.gradio_internals.sessions import forget, unused

if TYPE_CHECKING:
    from gradio.routes import App

log = logging.getLogger(__name__)

# Seconds between two looks at most.
OFTEN = 30.0


class SessionGC:
    """Used on the event loop only, but where it says otherwise.

    `seconds`: how long a session is kept that was left. One who comes back meanwhile, from a phone that
    slept, finds everything as it was. A session with something under way or queued is never forgotten.
    `in_flight`: how many responses are, the pages' heartbeats left out; read from any thread. `beating`:
    these, each with its page's session.
    """

    def __init__(self, seconds: float, sent_away: Callable[[str], bool]) -> None:
        """`sent_away`: whether a session's page is to find another server; asked from any thread."""
        self._kept = timedelta(seconds=seconds)
        self._pause = min(OFTEN, max(0.2, seconds / 4))
        self.sent_away = sent_away
        self.in_flight = 0
        self.beating: dict[asyncio.Future[None], str] = {}

    def send_away(self) -> None:
        """The pages that are to leave, as their connection ends: they look for a server. From any thread."""
        for beating, session in list(self.beating.items()):
            if self.sent_away(session):
                beating.get_loop().call_soon_threadsafe(beating.cancel)

    @asynccontextmanager
    async def forgetting(self, app: "App") -> AsyncIterator[None]:
        """The server's lifespan."""
        async with asyncio.TaskGroup() as tasks:
            task = tasks.create_task(self._keep_forgetting(app), name="forget")
            yield
            task.cancel()

    async def _keep_forgetting(self, app: "App") -> None:
        while True:
            await asyncio.sleep(self._pause)
            with _logged():
                for session in unused(app, datetime.now() - self._kept):
                    if session not in self.beating.values():  # nor has come back meanwhile
                        with _logged():
                            forget(app, session)
                    await asyncio.sleep(0)  # thousands may have left at once

    def watched(self, app: ASGIApp) -> ASGIApp:
        """ASGI middleware, by which the heartbeats and every other response are known."""

        async def watching(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http":
                await app(scope, receive, send)
            elif scope["path"].startswith(HEARTBEAT):
                await self._beat(app, scope, receive, send)
            else:
                await self._answer(app, scope, receive, send)

        return watching

    async def _answer(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        """It is in flight once the request is there: who sends half of one may never send the rest."""
        counted = not has_body(scope)

        async def received() -> Message:
            nonlocal counted
            message = await receive()
            if not counted and not message.get("more_body"):
                counted = True
                self.in_flight += 1
            return message

        self.in_flight += counted
        try:
            await app(scope, received, send)
        finally:
            self.in_flight -= counted

    async def _beat(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        """Until the page is closed, or is to find another server."""
        session = scope["path"].removeprefix(HEARTBEAT)
        if self.sent_away(session):
            await Response(status_code=503, headers={"Cache-Control": "no-store"})(scope, receive, send)
            return
        beating = asyncio.ensure_future(app(scope, receive, send))
        self.beating[beating] = session
        try:
            await asyncio.wait([beating])
        finally:
            del self.beating[beating]
            beating.cancel()
        if not beating.cancelled():
            beating.result()
            return
        with suppress(RuntimeError):  # it had just ended by itself
            await send({"type": "http.response.body"})


@contextmanager
def _logged() -> Iterator[None]:
    """One failure must not end the task: nobody would be forgotten any more, and nobody would know."""
    try:
        yield
    except Exception:
        log.exception("A session that was left could not be forgotten")
