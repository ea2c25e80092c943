"""A question as it is asked, and once more: without what was refused, or at the address it was meant for."""

import json
import re
from collections.abc import Awaitable, Callable, Generator, Mapping
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Final

import httpx2

from components.providers.openai import NO_KEY
from components.providers.sse.body import ErrorReader, TappedStream
from components.providers.sse.chat_chunks import ChatChunks
from components.providers.sse.dialect import Dialect
from components.providers.sse.gemini import GeminiDialect
from components.providers.sse.messages import Messages
from components.providers.sse.reader import WireReader
from components.providers.sse.refused import KNOWN, Refused, refused_in, remember, value_in, without
from components.providers.sse.responses import Responses
from components.streaming.connection import KEY, Request
from components.streaming.faults import fault_of_body

if TYPE_CHECKING:
    from components.providers.clients import Clients

# Requests of one question; each is without one more thing that the server refused.
MOST_REQUESTS: Final = 8
# A version in a path, without which a base URL may only lack it; and Azure's, which have none.
VERSION: Final = re.compile(r"/v\d|/openai/deployments/")
BASE_URL: Final = "base_url"
# Gemini's model, and whether it is to stream, stand in the path.
STREAMED, UNSTREAMED = ":streamGenerateContent", ":generateContent"
# By the end of the path that is asked; else it is a chat completion.
DIALECTS: Final[Mapping[str, type[Dialect]]] = {
    "/responses": Responses,
    "/messages": Messages,
    UNSTREAMED: GeminiDialect,
    STREAMED: GeminiDialect,
}
# The SDK wants events, as always, of a server that is asked for a whole reply.
WHOLE: ContextVar[bool] = ContextVar("whole", default=False)
# What the SDKs say of themselves. Whatever else they send comes from variables of the owner's, as keys,
# accounts and ANTHROPIC_CUSTOM_HEADERS do, and the server may be one that a visitor named.
OWN: Final = re.compile(
    r"host|accept|content-type|user-agent|x-stainless-.*|x-goog-api-client|anthropic-(version|beta)"
)
# What of it a server can't do without.
SHOWN: Final = re.compile(r"content-type|anthropic-(version|beta)")
# Shown as nothing, and enough for a tokenizer to see another text.
WORD_JOINER: Final = "\u2060"

# A request, whose response is wanted next, or what reads or closes one: in a thread and on the loop.
Step = httpx2.Request | tuple[Callable[[], Any], Callable[[], Awaitable[Any]]]


class Question:
    """One question: the request as it is sent now."""

    def __init__(self, clients: "Clients", asked: httpx2.Request) -> None:
        """`asked`: as the SDK would send it."""
        self._clients = clients
        self._asked = asked
        self._body = _prepared(json.loads(asked.content), clients)
        self._left_out: Refused = ()
        self._sent = 0
        self._url = asked.url
        if WHOLE.get():
            self._body = without(self._body, "stream") or self._body
            if self._url.path.endswith(STREAMED):
                path = self._url.path.replace(STREAMED, UNSTREAMED)
                self._url = self._url.copy_with(path=path).copy_remove_param("alt")
        self._place = (clients.address, str(self._body.get("model") or self._url.path))
        for name, value in KNOWN.get(self._place, ()):
            if value_in(self._body, name) == value:
                self._leave_out(name)

    def steps(self, trace: object) -> Generator[Step, Any, None]:
        """What to do one after the other; each is answered with what came of it. `trace`: httpcore's."""
        while True:
            response: httpx2.Response = yield self._request(trace)
            self._clients.wire.trace.phase("headers", status=response.status_code)
            if not response.is_success:
                response.stream = TappedStream(response, ErrorReader(response.headers))
                if self._again(response.status_code, (yield response.read, response.aread)):
                    continue
                return
            reader = WireReader(self._clients.wire, self._dialect(), response.headers)
            body = TappedStream(response, reader)
            # What looks like a reply may be none where the address is too short.
            doubtful = not (self._is_versioned or reader.events)
            if doubtful and self._again(response.status_code, (yield body.begin, body.abegin)):
                yield body.close, body.aclose
                response.stream = httpx2.ByteStream(b"")
                continue
            self._succeeded()
            response.stream = body
            return

    def _request(self, trace: object) -> httpx2.Request:
        self._sent += 1
        clients = self._clients
        headers = {name: value for name, value in self._asked.headers.items() if OWN.fullmatch(name)}
        content = json.dumps(self._body).encode()
        request = httpx2.Request(self._asked.method, self._url, headers=headers, content=content)
        shown = {name: value for name, value in headers.items() if SHOWN.fullmatch(name)}
        shown |= {name: _keyless(value) for name, value in clients.headers.items()}
        clients.wire.ask(Request(request.method, clients.address, str(self._url), shown, self._body))
        request.headers.update(clients.headers)
        # A client of one run has no use for a connection that is kept open after it.
        request.headers["Connection"] = "close"
        # What is compressed on its way is often held back until there is enough of it.
        request.headers["Accept-Encoding"] = "identity"
        timeout = clients.timeout.as_dict()
        request.extensions = {**self._asked.extensions, "timeout": timeout, "trace": trace}
        return request

    def _dialect(self) -> Dialect:
        kind = next((one for end, one in DIALECTS.items() if self._url.path.endswith(end)), ChatChunks)
        return kind(self._clients.wire, self._body)

    def _again(self, status: int, told: bytes) -> bool:
        """Whether the same may be asked once more: without something, or at the address it was meant for.

        `told`: the beginning of the response's body, and of an error's all of it.
        """
        text = told.decode("utf-8", "replace")
        name = BASE_URL if self._is_elsewhere(status, text) else refused_in(status, text, self._body)
        return bool(name) and self._sent < MOST_REQUESTS and self._leave_out(name)

    def _is_elsewhere(self, status: int, text: str) -> bool:
        """Whether no chat API answers here, and one may below /v1: many a base URL is given without."""
        if self._is_versioned or '"choices"' in text:
            return False
        fault = fault_of_body(text, status=status)
        page = status < 300 and text.strip()[:1] in {"", "<"}
        # A model that isn't known is no wrong address.
        return page or (fault.kind in {"not_found", "no_chat_api"} and "model" not in text.lower())

    def _succeeded(self) -> None:
        if self._left_out:
            remember(self._place, self._left_out)
        for name, _ in self._left_out:
            if name == BASE_URL:
                self._clients.wire.note(name, f"{self._clients.address}/v1")
            else:
                self._clients.wire.note("left_out", name)

    @property
    def _is_versioned(self) -> bool:
        return VERSION.search(self._url.path) is not None

    def _leave_out(self, name: str) -> bool:
        value = value_in(self._body, name)
        if name == BASE_URL:
            path, before = self._url.path, httpx2.URL(self._clients.address).path.rstrip("/")
            self._url = self._url.copy_with(path=f"{before}/v1{path.removeprefix(before)}")
        elif (less := without(self._body, name)) is not None:
            self._body = less
        else:
            return False
        self._left_out = (*self._left_out, (name, value))
        return True


def _prepared(body: dict[str, Any], clients: "Clients") -> dict[str, Any]:
    """A request's body as its server takes it."""
    longest = body.get("max_completion_tokens")
    if clients.older_length and longest:
        body["max_tokens"] = longest
    for name in ("messages", "input", "system", "instructions"):
        if not (clients.control_tokens and name in body):
            continue
        text = json.dumps(body[name], ensure_ascii=False)
        for token in clients.control_tokens:
            text = text.replace(token, token[0] + WORD_JOINER + token[1:])
        body[name] = json.loads(text)
    return body


def _keyless(header: str) -> str:
    """A header with a key in it, without the key."""
    *scheme, key = header.split(" ")
    return " ".join([*scheme, key if key == NO_KEY else KEY])
