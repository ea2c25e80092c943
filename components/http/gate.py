"""What every request passes, Gradio's own routes among them, before any of it is answered."""

import base64
import hmac
from contextlib import suppress

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from components.gradio_internals.routes import CLOSED, LOGIN, NOT_OFFERED, UPLOAD, logged_in
from components.http.formats import SSE
from components.http.refusal import Refusal
from components.locale import DEFAULT, Words
from components.runs.lab import Lab
from components.streaming.trace.run_file import LARGEST

# Bytes of a body that is no upload: a conversation, which the page sends with each message.
LONGEST = 16_000_000
# Of a run file, and what stands round it in a form.
LONGEST_UPLOAD = LARGEST + 1_000_000
# Times a minute that one visitor may try a password, and upload a file where runs have a limit.
TRIES = 10
UPLOADS = 20


class Gate:
    """Refuses bodies that are too large, and whoever doesn't know the password. Hurries streams."""

    def __init__(self, app: ASGIApp, lab: Lab) -> None:
        self._app = app
        self._lab = lab

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        if request.url.path.lower().startswith(CLOSED):
            await JSONResponse({"detail": NOT_OFFERED}, 403)(scope, receive, send)
            return
        hosted = self._lab.settings.hosted
        most = LONGEST_UPLOAD if request.url.path.endswith(UPLOAD) and not hosted else LONGEST
        try:
            await self._check(request, most)
        except Refusal as refusal:
            await refusal.response(request)(scope, receive, send)
            return
        with suppress(ClientDisconnect):  # while still sending: nobody would read an answer
            await self._app(scope, _at_most(most, receive), _at_once(send))

    async def _check(self, request: Request, most: int) -> None:
        """Raises Refusal: why it is not answered."""
        path, settings = request.url.path.rstrip("/"), self._lab.settings
        if int(request.headers.get("content-length", 0)) > most:  # the server lets only numbers through
            raise Refusal("too_large", limit=most)
        if request.method != "POST":
            return
        if path.endswith(UPLOAD):
            await self._knock(request, "upload", UPLOADS if settings.runs_per_minute else 0)
        if settings.password:
            if path.endswith(LOGIN):
                await self._knock(request, "password", TRIES)
            elif path.endswith("/run_stream") and not logged_in(request):
                knows = _knows(request, settings.password)
                await self._knock(request, "password", TRIES, counts=not knows)
                if not knows:
                    raise Refusal("password")

    async def _knock(self, request: Request, what: str, a_minute: int, *, counts: bool = True) -> None:
        """Also one who is right this time may have tried too often before."""
        control = self._lab.control
        visitor = control.visitors.asking(request)
        if wait := await control.limits.knock(what, visitor, a_minute, counts=counts):
            raise Refusal("too_often", retry_after=wait)


def _knows(request: Request, password: str) -> bool:
    """By HTTP Basic, for programs; any name will do, as on the page."""
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    try:
        _, _, tried = base64.b64decode(given, validate=True).decode().partition(":")
    except ValueError:
        return False
    return scheme.lower() == "basic" and same(tried, password)


def same(tried: str, password: str) -> bool:
    """In a time that doesn't tell how much of it was right."""
    return hmac.compare_digest(*(text.encode("utf-8", "surrogatepass") for text in (tried, password)))


def _at_once(send: Send) -> Send:
    """Streams are not gathered on the way: nginx, as it comes, would pass them on by the bufferful, and what
    compresses, as development servers do, in one piece.
    """

    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            if headers.get("content-type", "").startswith(SSE):
                headers["x-accel-buffering"] = "no"
                headers["cache-control"] = "no-store, no-transform"
        await send(message)

    return sent


def _at_most(limit: int, receive: Receive) -> Receive:
    """For bodies that don't say how long they are.

    Raises HTTPException: 413, through whoever reads the body.
    """
    taken = 0

    async def counted() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > limit:
            raise HTTPException(413, Refusal("too_large", limit=limit).body(Words(DEFAULT))["message"])
        return message

    return counted
