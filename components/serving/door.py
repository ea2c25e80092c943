"""Stands before every route: how much a request may bring, and which answers are still being given."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from components.streaming.events.run_file import LARGEST

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from components.serving.visits import Visits

# Bytes of a body. The page sends the whole conversation with every message.
LONGEST = 10_000_000
# A run file, and what stands round it in a form.
LONGEST_UPLOAD = LARGEST + 1_000_000
UPLOAD = "/gradio_api/upload"
# Has a limit and words of its own.
RUN_STREAM = "/run_stream"
# Given as long as the page is open, whether anything happens or not.
HEARTBEAT = "/gradio_api/heartbeat/"
# Gradio would fetch any public address for anyone; nothing on the page asks for one.
FETCHES = ("/gradio_api/file=http:", "/gradio_api/file=https:", "/gradio_api/file/http", "/gradio_api/proxy=")


class Answers:
    """How many answers are being given. Counted on the event loop, read from any thread."""

    def __init__(self) -> None:
        self.count = 0


class Door:
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
        if path.lower().startswith(FETCHES):
            await JSONResponse({"detail": "Nothing is fetched from elsewhere."}, 403)(scope, receive, send)
            return
        most = LONGEST_UPLOAD if path.startswith(UPLOAD) else LONGEST
        if _announced(scope) > most and path != RUN_STREAM:
            refused = JSONResponse({"detail": _too_large(most)}, 413, {"Connection": "close"})
            await refused(scope, receive, send)
            return
        if path.startswith(HEARTBEAT):
            with self._visits.open(path.removeprefix(HEARTBEAT)):
                await self._app(scope, receive, send)
            return
        self._answers.count += 1
        try:
            await self._app(scope, _counted(receive, most), send)
        finally:
            self._answers.count -= 1


def _announced(scope: Scope) -> int:
    length = Headers(scope=scope).get("content-length", "")
    return int(length) if length.isdecimal() else 0


def _counted(receive: Receive, most: int) -> Receive:
    """For bodies whose length nobody announced."""
    taken = 0

    async def next_part() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > most:
            raise HTTPException(413, _too_large(most))  # which whoever parses the body lets through
        return message

    return next_part


def _too_large(most: int) -> str:
    return f"The body is larger than {most} bytes."
