"""A question as it is asked, and once more: without what was refused, or at the address it was meant for."""

import json
import re
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

import httpx2

from components.providers.openai import NO_KEY
from components.providers.sse.refused import KNOWN, Refused, refused_in, remember, value_in, without
from components.streaming.connection import KEY, Request, Wire
from components.streaming.faults import fault_of_body

# Requests of one question; each is without one more thing that the server refused.
MOST_REQUESTS = 8
# A version in a path, without which a base URL may only lack it; and Azure's, which have none.
VERSION = re.compile(r"/v\d|/openai/deployments/")
BASE_URL = "base_url"
# Gemini's model, and whether it is to stream, stand in the path.
STREAMED, UNSTREAMED = ":streamGenerateContent", ":generateContent"
# The SDK wants events, as always, of a server that is asked for a whole reply.
WHOLE: ContextVar[bool] = ContextVar("whole", default=False)
# What the SDKs say of themselves. Whatever else they send comes from variables of the owner's, as keys,
# accounts and ANTHROPIC_CUSTOM_HEADERS do, and the server may be one that a visitor named.
OWN = re.compile(
    r"host|accept|content-type|user-agent|x-stainless-.*|x-goog-api-client|anthropic-(version|beta)"
)
# What of it a server can't do without.
SHOWN = re.compile(r"content-type|anthropic-(version|beta)")


@dataclass(slots=True)
class Question:
    """One question: the request as it is sent now."""

    wire: Wire
    address: str
    asked: httpx2.Request
    body: dict[str, Any]
    headers: Mapping[str, str]
    _left_out: Refused = ()
    _sent: int = 0
    _url: httpx2.URL = field(init=False)
    _place: tuple[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self._url = self.asked.url
        if WHOLE.get():
            self.body = without(self.body, "stream") or self.body
            if self._url.path.endswith(STREAMED):
                path = self._url.path.replace(STREAMED, UNSTREAMED)
                self._url = self._url.copy_with(path=path).copy_remove_param("alt")
        self._place = (self.address, str(self.body.get("model") or self._url.path))
        for name, value in KNOWN.get(self._place, ()):
            if value_in(self.body, name) == value:
                self._leave_out(name)

    def request(self, trace: object) -> httpx2.Request:
        self._sent += 1
        headers = {name: value for name, value in self.asked.headers.items() if OWN.fullmatch(name)}
        content = json.dumps(self.body).encode()
        request = httpx2.Request(self.asked.method, self._url, headers=headers, content=content)
        shown = {name: value for name, value in headers.items() if SHOWN.fullmatch(name)}
        shown |= {name: _keyless(value) for name, value in self.headers.items()}
        self.wire.ask(Request(request.method, self.address, str(self._url), shown, self.body))
        request.headers.update(self.headers)
        # A client of one run has no use for a connection that is kept open after it.
        request.headers["Connection"] = "close"
        # What is compressed on its way is often held back until there is enough of it.
        request.headers["Accept-Encoding"] = "identity"
        request.extensions = {**self.asked.extensions, "trace": trace}
        return request

    def doubts(self, response: httpx2.Response) -> bool:
        """Whether what looks like a reply may be none, its address being too short."""
        kind = response.headers.get("content-type", "")
        return not self._is_versioned and not kind.startswith("text/event-stream")

    def again(self, status: int, told: bytes) -> bool:
        """Whether the same may be asked once more: without something, or at the address it was meant for.

        `told`: the beginning of the response's body, and of an error's all of it.
        """
        text = told.decode("utf-8", "replace")
        name = BASE_URL if self._is_elsewhere(status, text) else refused_in(status, text, self.body)
        return bool(name) and self._sent < MOST_REQUESTS and self._leave_out(name)

    def _is_elsewhere(self, status: int, text: str) -> bool:
        """Whether no chat API answers here, and one may below /v1: many a base URL is given without."""
        if self._is_versioned or '"choices"' in text:
            return False
        fault = fault_of_body(text, status=status)
        page = status < 300 and text.strip()[:1] in {"", "<"}
        # A model that isn't known is no wrong address.
        return page or (fault.kind in {"not_found", "no_chat_api"} and "model" not in text.lower())

    def succeeded(self) -> None:
        if self._left_out:
            remember(self._place, self._left_out)
        for name, _ in self._left_out:
            if name == BASE_URL:
                self.wire.note(name, f"{self.address}/v1")
            else:
                self.wire.note("left_out", name)

    @property
    def _is_versioned(self) -> bool:
        return VERSION.search(self._url.path) is not None

    def _leave_out(self, name: str) -> bool:
        value = value_in(self.body, name)
        if name == BASE_URL:
            path, before = self._url.path, httpx2.URL(self.address).path.rstrip("/")
            self._url = self._url.copy_with(path=f"{before}/v1{path.removeprefix(before)}")
        elif (less := without(self.body, name)) is not None:
            self.body = less
        else:
            return False
        self._left_out = (*self._left_out, (name, value))
        return True


def _keyless(header: str) -> str:
    """A header with a key in it, without the key."""
    *scheme, key = header.split(" ")
    return " ".join([*scheme, key if key == NO_KEY else KEY])
