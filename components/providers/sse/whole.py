"""A reply that is no stream: asked for as a whole, or sent so by a server that doesn't stream."""

from __future__ import annotations

import json
from collections.abc import Mapping, Set
from typing import Any, Final

from components.streaming import error_body
from components.streaming.faults import Failure, Kind, fault_of_body

# Nothing in OpenAI's protocol is NaN or infinite, and not every reader of JSON takes it.
JSON: Final = json.JSONDecoder(parse_constant=lambda name: None)
# An object without a reply in it that has one of these tells of an error, unless it says that all is well.
ERRORS: Final = (
    "error",
    "errors",
    "detail",
    "details",
    "message",
    "error_message",
    "error_msg",
    "msg",
    "code",
)
SUCCESS: Final = frozenset({"0", "200", "ok", "success"})
# Characters that are quoted of what is no reply.
QUOTED: Final = 200


def read_whole(data: bytes | bytearray, names: Set[str]) -> list[dict[str, Any]]:
    """The object, which has one of these names, or a list of such, as Gemini's REST API sends a stream.

    Raises:
        Failure: it is an error, or no chat API answers there.
    """
    text = data.decode("utf-8-sig", "replace").strip()
    try:
        body, end = JSON.raw_decode(text)
    except (ValueError, RecursionError):
        kind: Kind = "malformed" if text.startswith(("{", "[")) else "no_chat_api"
        raise Failure(kind, detail=quoted(text)) from None
    bodies = body if isinstance(body, list) else [body]
    # With more behind it, it is another API's, such as a line of JSON for every chunk.
    if end == len(text) and bodies and all(isinstance(one, dict) for one in bodies):
        if all(one.keys() & names and not one.get("error") for one in bodies):
            return bodies
        for one in filter(tells_error, bodies):
            raise Failure(fault_of_body(one))
    raise Failure("no_chat_api", detail=quoted(text))


def tells_error(body: Mapping[str, Any]) -> bool:
    """Whether an object that is no reply tells of an error, as far as its names say."""
    if isinstance(inner := body.get("base_resp"), dict):
        return bool(inner.get("status_code"))
    if str(body.get("code")).lower() in SUCCESS or isinstance(body.get("message"), dict):
        return False
    return any(body.get(name) for name in ERRORS)


def quoted(text: str) -> str:
    """Of a page its title, of anything else its beginning."""
    return error_body.read(text).words[:QUOTED]
