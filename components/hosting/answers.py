"""Which answers are being given, and which pages are open."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from components.hosting.visits import Visits

# Given as long as the page is open, whether anything happens or not.
HEARTBEAT = "/gradio_api/heartbeat/"


class Answers:
    """How many answers are being given. Counted on the event loop, read from any thread."""

    def __init__(self) -> None:
        self.count = 0


class Counting:
    """ASGI middleware; `visits` is told of the heartbeats, `answers` of every other answer."""

    def __init__(self, app: ASGIApp, answers: Answers, visits: Visits) -> None:
        self._app = app
        self._answers = answers
        self._visits = visits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path = scope["path"]
        if path.startswith(HEARTBEAT):
            with self._visits.open(path.removeprefix(HEARTBEAT)):
                await self._app(scope, receive, send)
            return
        self._answers.count += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._answers.count -= 1
