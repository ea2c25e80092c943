"""A chat model over OpenAI's protocol whose connection can be broken from another thread.

Importing it imports the SDK, which takes about a second.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cache
from typing import Any

import openai
from langchain_openai import ChatOpenAI
from pydantic import SecretStr

from components.providers.base import Connection, approximate_tokens

# A first token may take long on a busy server; between two tokens a minute of silence is a dead one.
CONNECT_SECONDS = 10.0
SILENCE_SECONDS = 60.0


class Line:
    """The sockets of one run's HTTP client.

    A thread that is blocked in `recv` doesn't notice that its socket was closed by another thread;
    it does notice a shutdown. A task that is cancelled closes its socket, but only when the event loop comes
    to it, which a shutdown needn't wait for. httpcore tells the `trace` extension of every stream it opens.
    """

    def __init__(self) -> None:
        self._streams: list[Any] = []
        self._broken = False

    def trace(self, request: Any) -> None:
        """A request hook of httpx's sync client."""
        _without_the_owners(request)
        request.extensions["trace"] = self._note

    async def atrace(self, request: Any) -> None:
        """A request hook of httpx's async client, whose `trace` is awaited."""

        async def note(event: str, info: dict[str, Any]) -> None:
            self._note(event, info)

        _without_the_owners(request)
        request.extensions["trace"] = note

    def abort(self) -> None:
        self._broken = True
        for stream in list(self._streams):
            self._break(stream)

    def _note(self, event: str, info: dict[str, Any]) -> None:
        if event in {"connection.connect_tcp.complete", "connection.start_tls.complete"}:
            self._streams.append(info["return_value"])
            if self._broken:
                self._break(info["return_value"])

    @staticmethod
    def _break(stream: Any) -> None:
        connection: socket.socket | None = stream.get_extra_info("socket")
        if connection is not None:
            with suppress(OSError):  # already closed by its own end
                connection.shutdown(socket.SHUT_RDWR)


def _without_the_owners(request: Any) -> None:
    """The SDK reads these two from variables of its own, and the server may be one that a visitor named."""
    for name in ("OpenAI-Organization", "OpenAI-Project"):
        request.headers.pop(name, None)


@cache
def _tls() -> ssl.SSLContext:
    """Loading the certificates takes 20 ms; one context serves every run."""
    return ssl.create_default_context()


def open_chat(
    *,
    base_url: str,
    api_key: str,
    model: str,
    temperature: float,
    max_tokens: int,
    query: Mapping[str, str] | None = None,
    window: int = 0,
    count_tokens: Callable[[str], int] = approximate_tokens,
    silence: float = SILENCE_SECONDS,
    streaming: bool = False,
    trust_env: bool = True,
) -> Connection:
    """A `ChatOpenAI` with HTTP clients of its own, for one run.

    Retries are left to the engine, which tells the reader about them. `query`: what every request's
    address ends with. `silence`: seconds without a byte after which the read times out. `streaming`:
    `invoke` streams underneath, for servers that notice that a client has left only when they have a token
    to send. `trust_env`: heed HTTP_PROXY and the like.
    """
    line = Line()
    timeout: Any = openai.Timeout(silence, connect=CONNECT_SECONDS)
    # A redirect is told, not followed: most make a GET of the POST, and the key is meant for one server.
    both: dict[str, Any] = {
        "verify": _tls(),
        "timeout": timeout,
        "trust_env": trust_env,
        "follow_redirects": False,
    }
    client = openai.DefaultHttpxClient(**both, event_hooks={"request": [line.trace]})
    async_client = openai.DefaultAsyncHttpxClient(**both, event_hooks={"request": [line.atrace]})
    # Said aloud, False would make `stream` fall back on `invoke`.
    more: dict[str, Any] = {"streaming": True} if streaming else {}
    chat = ChatOpenAI(
        model=model,
        base_url=base_url or None,
        default_query=query or None,
        api_key=SecretStr(api_key),
        temperature=temperature,
        max_completion_tokens=max_tokens,
        max_retries=0,
        stream_usage=True,
        stream_chunk_timeout=None,  # a timer for every chunk; the client's own timeout sees silence, too
        **more,
        timeout=timeout,
        # A client of one run has no use for a connection that is kept open after it.
        default_headers={"Connection": "close"},
        http_client=client,
        http_async_client=async_client,
    )
    return Connection(
        model=chat,
        abort=line.abort,
        close=client.close,
        secrets=(api_key,),
        window=window,
        count_tokens=count_tokens,
    )
