"""A question as it is asked, and once more: without what was refused, or at the address it was meant for."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import httpx2

from components.providers.sse.refused import Refused, refused_in, without
from components.streaming.faults import fault_of_body
from components.streaming.wire import Wire

# Requests of one question; each is without one more thing that the server refused.
MOST_REQUESTS = 8
# A version in a path, without which a base URL may only lack it.
VERSION = re.compile(r"/v\d")
BASE_URL = "base_url"
# What the SDKs say of themselves. Whatever else they send comes from variables of the owner's, as keys,
# accounts and ANTHROPIC_CUSTOM_HEADERS do, and the server may be one that a visitor named.
OWN = re.compile(
    r"host|accept|content-type|user-agent|x-stainless-.*|x-goog-api-client|anthropic-(version|beta)"
)


class Question:
    """One question: the request as it is sent now."""

    def __init__(
        self,
        wire: Wire,
        refused: Refused,
        address: str,
        request: httpx2.Request,
        body: dict[str, Any],
        headers: Mapping[str, str],
        *,
        versioned: bool,
    ) -> None:
        self.asked = body
        self._wire = wire
        self._refused = refused
        self._address = address
        self._request = request
        self._url = request.url
        self._body = body
        self._headers = headers
        self._versioned = versioned or bool(VERSION.search(request.url.path))
        self._left_out: tuple[str, ...] = ()
        self._sent = 0
        # Gemini's model stands in the path.
        self._place = (address, str(body.get("model") or request.url.path))
        for name in refused.known(self._place):
            self._leave_out(name)

    def request(self, trace: object) -> httpx2.Request:
        self._sent += 1
        headers = {name: value for name, value in self._request.headers.items() if OWN.fullmatch(name)}
        content = json.dumps(self._body).encode()
        request = httpx2.Request(self._request.method, self._url, headers=headers, content=content)
        request.headers.update(self._headers)
        # A client of one run has no use for a connection that is kept open after it.
        request.headers["Connection"] = "close"
        # What is compressed on its way is often held back until there is enough of it.
        request.headers["Accept-Encoding"] = "identity"
        request.extensions = {**self._request.extensions, "trace": trace}
        return request

    def doubts(self, response: httpx2.Response) -> bool:
        """Whether what looks like a reply may be none, its address being too short."""
        kind = response.headers.get("content-type", "")
        return not (self._versioned or BASE_URL in self._left_out) and not kind.startswith(
            "text/event-stream"
        )

    def again(self, status: int, told: bytes) -> bool:
        """Whether the same may be asked once more: without something, or at the address it was meant for.

        `told`: the beginning of the response's body, and of an error's all of it.
        """
        text = told.decode("utf-8", "replace")
        name = BASE_URL if self._is_elsewhere(status, text) else refused_in(status, text, self._body)
        return bool(name) and self._sent < MOST_REQUESTS and self._leave_out(name)

    def _is_elsewhere(self, status: int, text: str) -> bool:
        """Whether no chat API answers here, and one may below /v1: many a base URL is given without."""
        if self._versioned or BASE_URL in self._left_out or '"choices"' in text:
            return False
        fault = fault_of_body(text, status=status)
        page = status < 300 and text.strip()[:1] in {"", "<"}
        # A model that isn't known is no wrong address.
        return page or (fault.kind in {"not_found", "no_chat_api"} and "model" not in text.lower())

    def succeeded(self) -> None:
        if self._left_out:
            self._refused.remember(self._place, self._left_out)
        for name in self._left_out:
            if name == BASE_URL:
                self._wire.note(name, f"{self._address}/v1")
            else:
                self._wire.note("left_out", name)

    def _leave_out(self, name: str) -> bool:
        if name == BASE_URL:
            path, before = self._request.url.path, httpx2.URL(self._address).path.rstrip("/")
            self._url = self._request.url.copy_with(path=f"{before}/v1{path.removeprefix(before)}")
        elif (less := without(self._body, name)) is not None:
            self._body = less
        else:
            return False
        self._left_out = (*self._left_out, name)
        return True
