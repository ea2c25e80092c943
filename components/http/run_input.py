"""The message in a request, and what was said before it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import Request

from components.http.refusal import Refusal
from components.runs.ask import Turn

# Bytes of a body. The longest windows of today's models hold about four times as many.
LONGEST = 1_000_000
# A part's types that are text, those of OpenAI's Responses among them.
TEXTS = ("text", "input_text", "output_text")


@dataclass(frozen=True, slots=True)
class RunInput:
    """`thread`, `run`: what AG-UI calls the conversation and this reply; "" where the client doesn't."""

    message: str
    history: Sequence[Turn] = ()
    thread: str = ""
    run: str = ""


async def run_input_of(request: Request) -> RunInput:
    """From a JSON body, or from the query where there is no body.

    Raises:
        Refusal: why there is none to be had.
        ClientDisconnect: the client left while it was still sending.
    """
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > LONGEST:
            raise Refusal("too_large", limit=LONGEST)
    if not body:
        message = request.query_params.get("message")
        if message is None:
            raise Refusal("no_message")
        return RunInput(message)
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind != "application/json":
        raise Refusal("not_application_json")
    try:
        given = json.loads(body)
    except (ValueError, RecursionError):
        packed = request.headers.get("content-encoding", "identity").lower() != "identity"
        raise Refusal("compressed" if packed else "not_json") from None
    given = given if isinstance(given, dict) else {}
    message = given.get("message")
    if message is None:
        return _conversation(given)
    if not isinstance(message, str):
        raise Refusal("message_no_string")
    return RunInput(message)


def _conversation(given: dict[str, Any]) -> RunInput:
    """As `useChat` and AG-UI's clients send it: all messages, the last of them the user's."""
    listed = given.get("messages")
    said = [one for one in (listed if isinstance(listed, list) else []) if isinstance(one, dict)]
    turns: list[Turn] = [
        (one["role"], _text(one)) for one in said if one.get("role") in ("user", "assistant")
    ]
    if not turns or turns[-1][0] != "user":
        raise Refusal("no_message")
    thread, run = (name if isinstance(name := given.get(key), str) else "" for key in ("threadId", "runId"))
    return RunInput(turns[-1][1], turns[:-1], thread, run)


def _text(message: dict[str, Any]) -> str:
    """Of a string, or of those of its parts that are text."""
    said = message.get("content", message.get("parts"))
    if isinstance(said, list):
        texts = [part.get("text") for part in said if isinstance(part, dict) and part.get("type") in TEXTS]
        return "".join(text for text in texts if isinstance(text, str))
    return said if isinstance(said, str) else ""
