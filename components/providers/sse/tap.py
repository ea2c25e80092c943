"""The tap on a provider's HTTP client: between its socket and its SDK, for every request of a run."""

import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

import httpx2

from components.providers.sse.body import ErrorReader, TappedStream
from components.providers.sse.chat_chunks import ChatChunks
from components.providers.sse.dialect import Dialect
from components.providers.sse.gemini import GeminiDialect
from components.providers.sse.messages import Messages
from components.providers.sse.question import STREAMED, UNSTREAMED, Question
from components.providers.sse.reader import WireReader
from components.providers.sse.responses import Responses
from components.providers.sse.sockets import Sockets
from components.streaming.connection import Wire

# Shown as nothing, and enough for a tokenizer to see another text.
WORD_JOINER: Final = "\u2060"
# By the end of the path that is asked; else it is a chat completion.
DIALECTS: Final[Mapping[str, type[Dialect]]] = {
    "/responses": Responses,
    "/messages": Messages,
    UNSTREAMED: GeminiDialect,
    STREAMED: GeminiDialect,
}

# A request, whose response is wanted next, or what reads or closes one: in a thread and on the loop.
Step = httpx2.Request | tuple[Callable[[], Any], Callable[[], Awaitable[Any]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tap(httpx2.Auth):
    """httpx's documented way to look at each response and to send another request in its place.

    `headers`: the key as this server takes it, and no other goes out. `timeout`: whatever the SDK's.
    `older_length`: say the longest reply by its older name, too: many servers know no other.
    `control_tokens`: texts that a message may have in it, but that must not end it.
    """

    wire: Wire
    sockets: Sockets
    address: str
    headers: Mapping[str, str]
    timeout: httpx2.Timeout
    older_length: bool = False
    control_tokens: Sequence[str] = ()

    def sync_auth_flow(self, request: httpx2.Request) -> Generator[httpx2.Request, httpx2.Response, None]:
        steps, got = self._steps(request, self.sockets.trace), None
        with suppress(StopIteration):
            while True:
                step = steps.send(got)
                got = (yield step) if isinstance(step, httpx2.Request) else step[0]()

    async def async_auth_flow(
        self, request: httpx2.Request
    ) -> AsyncGenerator[httpx2.Request, httpx2.Response]:
        steps, got = self._steps(request, self.sockets.atrace), None
        with suppress(StopIteration):
            while True:
                step = steps.send(got)
                got = (yield step) if isinstance(step, httpx2.Request) else await step[1]()

    def _steps(self, request: httpx2.Request, trace: object) -> Generator[Step, Any, None]:
        """What to do one after the other; each is answered with what came of it."""
        question = self._question(request)
        while True:
            response: httpx2.Response = yield question.request(trace)
            self.wire.trace.phase("headers", status=response.status_code)
            encoding = response.headers.pop("content-encoding", "")
            if not response.is_success:
                response.stream = TappedStream(response, ErrorReader(encoding))
                if question.again(response.status_code, (yield response.read, response.aread)):
                    continue
                return
            doubtful, body = question.doubts(response), self._read(question, response, encoding)
            if doubtful and question.again(response.status_code, (yield body.begin, body.abegin)):
                yield body.close, body.aclose
                response.stream = httpx2.ByteStream(b"")
                continue
            question.succeeded()
            response.stream = body
            return

    def _question(self, request: httpx2.Request) -> Question:
        body = json.loads(request.content)
        longest = body.get("max_completion_tokens")
        if self.older_length and longest:
            body["max_tokens"] = longest
        for name in ("messages", "input", "system", "instructions"):
            if self.control_tokens and name in body:
                body[name] = self._harmless(body[name])
        request.extensions["timeout"] = self.timeout.as_dict()
        return Question(self.wire, self.address, request, body, self.headers)

    def _harmless(self, value: Any) -> Any:
        text = json.dumps(value, ensure_ascii=False)
        for token in self.control_tokens:
            text = text.replace(token, token[0] + WORD_JOINER + token[1:])
        return json.loads(text)

    def _read(self, question: Question, response: httpx2.Response, encoding: str) -> TappedStream:
        path, asked = response.request.url.path, question.body
        dialect = next((one for end, one in DIALECTS.items() if path.endswith(end)), ChatChunks)
        kind = response.headers.get("content-type", "").split(";")[0].strip().lower()
        reader = WireReader(
            self.wire, dialect(self.wire, asked), encoding, events=kind == "text/event-stream"
        )
        response.headers["content-type"] = "text/event-stream"
        return TappedStream(response, reader)
