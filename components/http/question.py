"""The message in a request."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from components.http.refusal import Refusal

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
    body = await _body(request)
    message = _in_json(request, body) if body else request.query_params.get("message")
    if message is None:
        raise Refusal("no_message")
    return message


def wants_events(request: Request) -> bool:
    """Whether the client asks for Server-Sent Events."""
    accepted = "".join(request.headers.get("accept", "").lower().split()).split(",")
    return any(re.match(r"text/event-stream(?!.*;q=0(\.0*)?$)(;|$)", one) for one in accepted)


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
