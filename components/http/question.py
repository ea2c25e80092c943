"""The message in a request."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from components.http.refusal import Refusal
from components.streaming.json.flaws import sendable

if TYPE_CHECKING:
    from fastapi import Request

# Bytes of a body. The longest windows of today's models hold about four times as many.
LONGEST = 1_000_000


async def message_of(request: Request) -> str:
    """From a JSON body, or from the query where there is no body.

    Raises:
        Refusal: why there is none to be had.
        ClientDisconnect: the client left while it was still sending.
    """
    if _by_a_page_elsewhere(request):
        raise Refusal("cross_site")
    body = await _body(request)
    message = _in_json(request, body) if body else request.query_params.get("message")
    if message is None:
        raise Refusal("no_message")
    return sendable(message)


def wants_events(request: Request) -> bool:
    """Whether the client asks for Server-Sent Events."""
    accepted = request.headers.get("accept", "").lower().split(",")
    return any(one.split(";")[0].strip() == "text/event-stream" for one in accepted)


def _by_a_page_elsewhere(request: Request) -> bool:
    """Whether a browser sends this for another site's page.

    Browsers send some POSTs without asking first, and Gradio would let any page read the answers of a server
    with a name of its own. Programs that are no browser send neither header.
    """
    if site := request.headers.get("sec-fetch-site"):
        return site not in {"same-origin", "none"}
    # Not sent to a plain http:// address other than localhost, nor by old browsers.
    origin = request.headers.get("origin")
    return origin is not None and urlsplit(origin).netloc != request.headers.get("host")


async def _body(request: Request) -> bytes:
    if int(request.headers.get("content-length", 0)) > LONGEST:
        raise Refusal("too_large", limit=LONGEST)
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > LONGEST:
            raise Refusal("too_large", limit=LONGEST)
    return bytes(body)


def _in_json(request: Request, body: bytes) -> str | None:
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind != "application/json":
        raise Refusal("not_application_json")
    try:
        given = json.loads(body)
    except (ValueError, RecursionError):
        raise Refusal("not_json") from None
    message = given.get("message") if isinstance(given, dict) else None
    if message is not None and not isinstance(message, str):
        raise Refusal("message_no_string")
    return message
