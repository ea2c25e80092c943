"""The tap on a provider's HTTP client: between its socket and its SDK, for every request of a run."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncGenerator, AsyncIterator, Generator, Iterator, Sequence
from itertools import chain
from threading import Timer
from typing import Any

import httpx2

from components.providers.sse.reader import Reader
from components.providers.sse.refused import Refused, refused_in, without
from components.providers.sse.sockets import Sockets
from components.streaming.faults import fault_of_body
from components.streaming.wire import Wire

# Seconds that a server may take to end a stream once it has said why the model ended.
GRACE = 2.0
# Requests of one question; each is without one more thing that the server refused.
MOST_REQUESTS = 8
# A version in a path, without which a base URL may only lack it.
VERSION = re.compile(r"/v\d")
BASE_URL = "base_url"
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
        asked = self._asked(request)
        while True:
            request = asked.request(self._sockets.trace)
            response = yield request
            if not response.is_success:
                if asked.again(response.status_code, response.read()):
                    continue
                return
            doubtful, body = asked.doubts(response), self._read(request, response)
            if doubtful and asked.again(response.status_code, body.begin()):
                body.close()
                response.stream = httpx2.ByteStream(b"")
                continue
            asked.succeeded()
            response.stream = body
            return

    async def async_auth_flow(
        self, request: httpx2.Request
    ) -> AsyncGenerator[httpx2.Request, httpx2.Response]:
        asked = self._asked(request)
        while True:
            request = asked.request(self._sockets.atrace)
            response = yield request
            if not response.is_success:
                if asked.again(response.status_code, await response.aread()):
                    continue
                return
            doubtful, body = asked.doubts(response), self._read(request, response)
            if doubtful and asked.again(response.status_code, await body.abegin()):
                await body.aclose()
                response.stream = httpx2.ByteStream(b"")
                continue
            asked.succeeded()
            response.stream = body
            return

    def _asked(self, request: httpx2.Request) -> _Asked:
        body = _loaded(request.content)
        longest = body.get("max_completion_tokens")
        if self._older_length and longest:
            body["max_tokens"] = longest
        for message in body.get("messages", ()):
            for token in self._control_tokens:
                text = message.get("content") or ""  # an assistant's that only calls a tool has none
                message["content"] = text.replace(token, token[0] + WORD_JOINER + token[1:])
        return _Asked(self._wire, self._refused, self._address, request, body)

    def _read(self, request: httpx2.Request, response: httpx2.Response) -> _Body:
        kind = response.headers.get("content-type", "").split(";")[0].strip().lower()
        streamed = bool(_loaded(request.content).get("stream"))
        reader = Reader(
            self._wire,
            streamed=streamed,
            chat=request.url.path.endswith("/chat/completions"),
            events=kind == "text/event-stream",
            compressed=response.headers.pop("content-encoding", "identity").lower() in {"gzip", "deflate"},
        )
        response.headers["content-type"] = "text/event-stream" if streamed else "application/json"
        return _Body(response.stream, reader, self._sockets)


class _Asked:
    """One question: the request as it is sent now."""

    def __init__(
        self, wire: Wire, refused: Refused, address: str, request: httpx2.Request, body: dict[str, Any]
    ) -> None:
        self._wire = wire
        self._refused = refused
        self._address = address
        self._request = request
        self._url = request.url
        self._body = body
        self._left_out: tuple[str, ...] = ()
        self._sent = 0
        for name in refused.known(address, self._body):
            self._leave_out(name)

    def request(self, trace: object) -> httpx2.Request:
        self._sent += 1
        request = self._request
        if self._body != _loaded(request.content) or self._url != request.url:
            headers = {name: value for name, value in request.headers.items() if name != "content-length"}
            content = json.dumps(self._body).encode()
            request = httpx2.Request(request.method, self._url, headers=headers, content=content)
        # The SDK reads these two from variables of its own, and the server may be one that a visitor named.
        for name in ("OpenAI-Organization", "OpenAI-Project"):
            request.headers.pop(name, None)
        # What is compressed on its way is often held back until there is enough of it.
        request.headers["Accept-Encoding"] = "identity"
        request.extensions = {**self._request.extensions, "trace": trace}
        return request

    def doubts(self, response: httpx2.Response) -> bool:
        """Whether what looks like a reply may be none, its address being too short."""
        kind = response.headers.get("content-type", "")
        return not VERSION.search(self._url.path) and not kind.startswith("text/event-stream")

    def again(self, status: int, told: bytes) -> bool:
        """Whether the same may be asked once more: without something, or at the address it was meant for.

        `told`: the beginning of the response's body, and of an error's all of it.
        """
        text = told.decode("utf-8", "replace")
        name = BASE_URL if self._is_elsewhere(status, text) else refused_in(status, text, self._body)
        return bool(name) and self._sent < MOST_REQUESTS and self._leave_out(name)

    def _is_elsewhere(self, status: int, text: str) -> bool:
        """Whether no chat API answers here, and one may below /v1: many a base URL is given without."""
        if VERSION.search(self._url.path) or '"choices"' in text:
            return False
        fault = fault_of_body(text, status=status)
        page = status < 300 and text.strip()[:1] in {"", "<"}
        # A model that isn't known is no wrong address.
        return page or (fault.kind in {"not_found", "no_chat_api"} and "model" not in text.lower())

    def succeeded(self) -> None:
        if self._left_out:
            self._refused.remember(self._address, self._body, self._left_out)
        for name in self._left_out:
            if name == BASE_URL:
                self._wire.note(name, f"{self._address}/v1")
            else:
                self._wire.note("left_out", name)

    def _leave_out(self, name: str) -> bool:
        if name == BASE_URL:
            path, before = self._request.url.path, httpx2.URL(self._address).path.rstrip("/")
            self._url = self._request.url.copy_with(path=f"{before}/v1{path.removeprefix(before)}")
            self._left_out = (*self._left_out, name)
            return True
        less = without(self._body, name)
        if less is None:
            return False
        self._body = less
        self._left_out = (*self._left_out, name)
        return True


class _Body(httpx2.SyncByteStream, httpx2.AsyncByteStream):
    """A response's body, read by a `Reader`."""

    def __init__(self, stream: Any, reader: Reader, sockets: Sockets) -> None:
        self._stream = stream
        self._pieces = stream
        self._reader = reader
        self._timer = Timer(GRACE, sockets.shut)
        self._timer.daemon = True

    def begin(self) -> bytes:
        """The first piece, before anybody reads it."""
        rest = iter(self._stream)
        first: bytes = next(rest, b"")
        self._pieces = chain((first,), rest)
        return first

    async def abegin(self) -> bytes:
        rest = aiter(self._stream)
        first: bytes = await anext(rest, b"")

        async def pieces() -> AsyncIterator[bytes]:
            yield first
            async for data in rest:
                yield data

        self._pieces = pieces()
        return first

    def __iter__(self) -> Iterator[bytes]:
        if self._reader.ended:  # OpenAI's SDK reads once more what it has read to its end
            return
        try:
            for data in self._pieces:
                yield from self._reader.feed(data)
                if self._reader.ended:
                    return
                self._wait_no_longer()
        except httpx2.TransportError:
            if not self._reader.finished:
                raise
        finally:
            self._timer.cancel()
        yield from self._reader.end()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        if self._reader.ended:
            return
        try:
            async for data in self._pieces:
                for part in self._reader.feed(data):
                    yield part
                if self._reader.ended:
                    return
                self._wait_no_longer()
        except httpx2.TransportError:
            if not self._reader.finished:
                raise
        finally:
            self._timer.cancel()
        for part in self._reader.end():
            yield part

    def close(self) -> None:
        self._stream.close()

    async def aclose(self) -> None:
        await self._stream.aclose()

    def _wait_no_longer(self) -> None:
        if self._reader.finished and self._timer.ident is None:
            self._timer.start()


def _loaded(content: bytes) -> dict[str, Any]:
    loaded = json.loads(content or b"{}")
    return loaded if isinstance(loaded, dict) else {}
