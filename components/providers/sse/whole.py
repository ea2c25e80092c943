"""A reply that is no stream: asked for as a whole, or sent so by a server that doesn't stream."""

from __future__ import annotations

import json
from collections.abc import Sequence, Set
from typing import Any, Final

from components.streaming import error_body
from components.streaming.faults import Failure, Kind, fault_of_body

# Nothing in OpenAI's protocol is NaN or infinite, and not every reader of JSON takes it.
JSON: Final = json.JSONDecoder(parse_constant=lambda name: None)
# Characters that are quoted of what is no reply.
QUOTED: Final = 200


def read_whole(data: bytes | bytearray, names: Set[str]) -> dict[str, Any]:
    """The object, which has one of these names.

    Raises:
        Failure: it is an error, or no chat API answers there.
    """
    text = data.decode("utf-8-sig", "replace").strip()
    try:
        body = JSON.decode(text)
    except ValueError:
        broken = text.startswith(("{", "[")) and not _has_document(text)
        kind: Kind = "malformed" if broken else "no_chat_api"
        raise Failure(kind, detail=quoted(text)) from None
    if not isinstance(body, dict) or body.get("error") or not body.keys() & names:
        raise Failure.of(fault_of_body(body))
    return body


def completion(body: dict[str, Any], chunks: Sequence[dict[str, Any]], refusal: str) -> dict[str, Any]:
    """A whole chat completion of what mended chunks say."""
    message: dict[str, Any] = {"role": "assistant", "content": "", "refusal": refusal, "tool_calls": []}
    for chunk in chunks:
        delta = chunk["choices"][0]["delta"]
        for name in ("content", "reasoning_content"):
            message[name] = message.get(name, "") + delta.get(name, "")
        for piece in delta.get("tool_calls", ()):
            if "id" in piece:
                message["tool_calls"].append(piece)
            else:
                called, more = message["tool_calls"][piece["index"]]["function"], piece["function"]
                called |= {**more, "arguments": called["arguments"] + more["arguments"]}
    message = {name: value for name, value in message.items() if value or name == "content"}
    last = chunks[-1] if chunks else {}
    given: dict[str, Any] = next((one for one in body.get("choices") or () if not one.get("index")), {})
    reason = last["choices"][0]["finish_reason"] if last else None
    choice = {**given, "index": 0, "message": message, "finish_reason": reason}
    return {**last, **body, "object": "chat.completion", "choices": [choice], "usage": last.get("usage")}


def _has_document(text: str) -> bool:
    """Whether it is JSON with more behind it, such as a line of JSON for every chunk."""
    try:
        JSON.raw_decode(text)
    except (ValueError, RecursionError):
        return False
    return True


def quoted(text: str) -> str:
    """Of a page its title, of anything else its beginning."""
    return error_body.read(text).words[:QUOTED]
