"""Responses in flight, and open pages."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from starlette.responses import Response

from components.gradio_internals.routes import HEARTBEAT

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from components.hosting.session_gc import SessionGC


class InFlightMiddleware:
    """ASGI middleware that tells `session_gc` of the heartbeats, and of every other response."""

    def __init__(self, app: ASGIApp, session_gc: SessionGC) -> None:
        self._app = app
        self._session_gc = session_gc

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path = scope["path"]
        if path.startswith(HEARTBEAT):
            await self._beat(path.removeprefix(HEARTBEAT), scope, receive, send)
            return
        self._session_gc.in_flight += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._session_gc.in_flight -= 1

    async def _beat(self, session: str, scope: Scope, receive: Receive, send: Send) -> None:
        """Until the page is closed, or is to find another server."""
        if self._session_gc.sent_away(session):
            await Response(status_code=503, headers={"Cache-Control": "no-store"})(scope, receive, send)
            return
        whole = False

        async def sending(message: Message) -> None:
            nonlocal whole
            await send(message)
            whole = message["type"] == "http.response.body" and not message.get("more_body", False)

        beating = asyncio.ensure_future(self._app(scope, receive, sending))
        with self._session_gc.open(session, beating):
            try:
                await asyncio.wait([beating])
            finally:
                beating.cancel()
        if not beating.cancelled():
            beating.result()
        elif not whole:
            await send({"type": "http.response.body"})
