"""A server of OpenAI's protocol without a socket: what it sends is bytes, and so are its failures."""

import asyncio
import json
import re
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import httpx2

from components.providers.script.reply import Script, usage

# What httpcore says when a request is out.
SENT = "http11.send_request_body.complete"
# Events in one write, where they are merged.
MERGED = 5
REFUSALS: dict[str, tuple[str, str | None, str]] = {
    "401": ("invalid_request_error", "invalid_api_key", "Incorrect API key provided."),
    "429": ("requests", "rate_limit_exceeded", "Rate limit reached. Please try again in 2s."),
    "500": ("server_error", None, "The server had an error while processing your request."),
}

Writes = Iterator[tuple[float, bytes]]


def _error(kind: str, code: str | None, message: str) -> dict[str, Any]:
    return {"error": {"message": message, "type": kind, "param": None, "code": code}}


def _event(data: dict[str, Any]) -> bytes:
    return b"data: " + json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode() + b"\n\n"


_HALF = b'data: {"choices": [{"delta": {"content": "a line that bre'
ENDS = {"malformed": _HALF + b"\n\n", "drop": _HALF, "error": _event(_error(*REFUSALS["500"]))}


class ScriptedServer(httpx2.BaseTransport, httpx2.AsyncBaseTransport):
    """Answers by its script. A thread waiting for it is woken by `abort`, a task by its cancellation."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self._aborted = threading.Event()
        self.abort = self._aborted.set

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        if trace := request.extensions.get("trace"):
            trace(SENT, {})
        self.wait(self._script.delay)
        return self._response(request, self._said)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        if trace := request.extensions.get("trace"):
            await trace(SENT, {})
        await self.sleep(self._script.delay)
        return self._response(request, self._asaid)

    def wait(self, seconds: float) -> None:
        if self._aborted.wait(seconds):
            raise httpx2.ReadError("The run was stopped.")

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        self.wait(0)

    def _said(self, each: Writes) -> Iterator[bytes]:
        """What is written, each write at its time."""
        for seconds, data in each:
            self.wait(seconds)
            yield data

    async def _asaid(self, each: Writes) -> AsyncIterator[bytes]:
        for seconds, data in each:
            await self.sleep(seconds)
            yield data

    def _response(self, request: httpx2.Request, said: Callable[[Writes], Any]) -> httpx2.Response:
        failure = self._script.failure
        if failure in REFUSALS:
            headers = {"retry-after": "2"} if failure == "429" else {}
            return httpx2.Response(int(failure), headers=headers, json=_error(*REFUSALS[failure]))
        content = said(writes(self._script, json.loads(request.content)))
        return httpx2.Response(200, headers={"content-type": "text/event-stream"}, content=content)


def writes(script: Script, asked: dict[str, Any]) -> Writes:
    """Pairs: wait so many seconds, then send these bytes.

    Raises:
        httpx2.TransportError: the script's failure, when its turn comes.
    """
    frame = {"id": "chatcmpl-scripted", "object": "chat.completion.chunk", "model": asked["model"]}

    def chunk(delta: dict[str, Any], reason: str | None = None) -> bytes:
        return _event({**frame, "choices": [{"index": 0, "delta": delta, "finish_reason": reason}]})

    if script.failure == "empty":
        return
    deltas, reason = script.deltas(asked)
    start = time.monotonic()
    sent = deltas if script.failure == "none" else deltas[: script.fail_after]
    sent = [{"role": "assistant", "content": "", **delta} for delta in sent[:1] or [{}]] + sent[1:]
    size = MERGED if script.writes == "merged" else 1
    for first in range(0, len(sent), size):
        group = sent[first : first + size]
        due = start + (first + len(group) - 1) / script.rate if script.rate else 0
        data = b"".join(map(chunk, group))
        cut = _middle(data) if script.writes == "split" else len(data)
        yield max(0, due - time.monotonic()), data[:cut]
        if data[cut:]:
            yield 0, data[cut:]
    if script.failure == "none":
        told = _event({**frame, "choices": [], "usage": usage(asked["messages"], deltas)})
        yield 0, chunk({}, reason) + told + b"data: [DONE]\n\n"
    elif script.failure == "stall":
        yield script.timeout, b""
        raise httpx2.ReadTimeout("timed out")
    elif script.failure != "silent_end":
        yield 0, ENDS[script.failure]
        if script.failure == "drop":
            raise httpx2.ReadError("[Errno 104] Connection reset by peer")


def _middle(data: bytes) -> int:
    """The middle of its first character that has several bytes, if any has."""
    character = re.search(rb"[\xc0-\xff]", data)
    return character.end() if character else len(data) // 2
