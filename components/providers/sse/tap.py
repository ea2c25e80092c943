"""The tap on a provider's HTTP client: between its socket and its SDK, for every request of a run."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Generator, Sequence

import httpx2

from components.providers.sse.body import Body
from components.providers.sse.question import Question
from components.providers.sse.reader import Reader
from components.providers.sse.refused import Refused
from components.providers.sse.sockets import Sockets
from components.streaming.wire import Wire

# Shown as nothing, and enough for a tokenizer to see another text.
WORD_JOINER = "\u2060"


class Tap(httpx2.Auth):
    """httpx's documented way to look at each response and to send another request in its place."""

    def __init__(
        self,
        wire: Wire,
        sockets: Sockets,
        refused: Refused,
        address: str,
        *,
        older_length: bool,
        control_tokens: Sequence[str] = (),
    ) -> None:
        """`older_length`: say the longest reply by its older name, too: many servers know no other.
        `control_tokens`: texts that a message may have in it, but that must not end it.
        """
        self._wire = wire
        self._sockets = sockets
        self._older_length = older_length
        self._control_tokens = control_tokens
        self._refused = refused
        self._address = address

    def sync_auth_flow(self, request: httpx2.Request) -> Generator[httpx2.Request, httpx2.Response, None]:
        question = self._question(request)
        while True:
            request = question.request(self._sockets.trace)
            response = yield request
            self._wire.trace.phase("headers", status=response.status_code)
            if not response.is_success:
                if question.again(response.status_code, response.read()):
                    continue
                return
            doubtful, body = question.doubts(response), self._read(question, response)
            if doubtful and question.again(response.status_code, body.begin()):
                body.close()
                response.stream = httpx2.ByteStream(b"")
                continue
            question.succeeded()
            response.stream = body
            return

    async def async_auth_flow(
        self, request: httpx2.Request
    ) -> AsyncGenerator[httpx2.Request, httpx2.Response]:
        question = self._question(request)
        while True:
            request = question.request(self._sockets.atrace)
            response = yield request
            self._wire.trace.phase("headers", status=response.status_code)
            if not response.is_success:
                if question.again(response.status_code, await response.aread()):
                    continue
                return
            doubtful, body = question.doubts(response), self._read(question, response)
            if doubtful and question.again(response.status_code, await body.abegin()):
                await body.aclose()
                response.stream = httpx2.ByteStream(b"")
                continue
            question.succeeded()
            response.stream = body
            return

    def _question(self, request: httpx2.Request) -> Question:
        body = json.loads(request.content)
        longest = body.get("max_completion_tokens")
        if self._older_length and longest:
            body["max_tokens"] = longest
        for message in body.get("messages", ()):
            for token in self._control_tokens:
                text = message.get("content") or ""  # an assistant's that only calls a tool has none
                message["content"] = text.replace(token, token[0] + WORD_JOINER + token[1:])
        return Question(self._wire, self._refused, self._address, request, body)

    def _read(self, question: Question, response: httpx2.Response) -> Body:
        kind = response.headers.get("content-type", "").split(";")[0].strip().lower()
        reader = Reader(
            self._wire,
            streamed=question.streamed,
            chat=response.request.url.path.endswith("/chat/completions"),
            events=kind == "text/event-stream",
            compressed=response.headers.pop("content-encoding", "identity").lower() in {"gzip", "deflate"},
        )
        response.headers["content-type"] = "text/event-stream" if question.streamed else "application/json"
        return Body(response.stream, reader, self._sockets)
