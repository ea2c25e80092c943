"""A chat model over OpenAI's protocol whose connection can be broken from another thread.

Importing it imports the SDK, which takes about a second.
"""

from __future__ import annotations

import re
import ssl
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any
from urllib.request import getproxies_environment

import openai
from pydantic import SecretStr

from components.providers.reasoning import ReasoningChatOpenAI
from components.providers.sse.refused import Refused
from components.providers.sse.sockets import Sockets
from components.providers.sse.tap import Tap
from components.proxies import left_out, on_the_way
from components.streaming.connection import Connection, approximate_tokens
from components.streaming.faults import Fault
from components.streaming.wire import Wire

# A first token may take long on a busy server; between two tokens a minute of silence is a dead one.
CONNECT_SECONDS = 10.0
SILENCE_SECONDS = 60.0
# Names in an address's query that hold a secret.
SECRET = re.compile(r"key|token|secret|sig|pass|auth|code", re.I)
# What servers have refused so far, of all providers that speak this protocol.
REFUSED = Refused()


@cache
def _tls() -> ssl.SSLContext:
    """Loading the certificates takes 20 ms; one context serves every run."""
    return ssl.create_default_context()


def open_chat(
    *,
    base_url: str,
    api_key: str,
    model: str,
    temperature: float | None,
    max_tokens: int,
    query: Mapping[str, str] | None = None,
    window: int = 0,
    count_tokens: Callable[[str], int] = approximate_tokens,
    silence: float = SILENCE_SECONDS,
    max_tokens_too: bool = False,
    control_tokens: Sequence[str] = (),
    trust_env: bool = True,
    chat: type[ReasoningChatOpenAI] = ReasoningChatOpenAI,
    transport: Any = None,
    **fields: Any,
) -> Connection:
    """A `ChatOpenAI` with HTTP clients of its own, for one run.

    Retries are left to the engine, which tells the reader about them. `query`: what every request's
    address ends with. `silence`: seconds without a byte after which the read times out.
    `max_tokens_too`: the limit by its older name, too. `control_tokens`: texts that the server would
    take for the end of a message. `trust_env`: heed HTTP_PROXY and the like.
    `transport`: what answers in place of a server, sync and async. `fields`: more of ChatOpenAI's;
    `streaming=True` has `invoke` stream underneath, for servers that notice that a client has left only when
    they have a token to send. Said aloud, False would make `stream` fall back on `invoke`.
    """
    proxied = trust_env and bool(getproxies_environment())
    if proxied:
        left_out()  # no client can be built with those
    wire = Wire()
    sockets = Sockets(wire)
    timeout: Any = openai.Timeout(silence, connect=CONNECT_SECONDS)
    # A redirect is told, not followed: most make a GET of the POST, and the key is meant for one server.
    both: dict[str, Any] = {
        "verify": _tls(),
        "timeout": timeout,
        "trust_env": trust_env,
        "transport": transport,
        "follow_redirects": False,
        "auth": Tap(
            wire, sockets, REFUSED, base_url, older_length=max_tokens_too, control_tokens=control_tokens
        ),
    }
    client, async_client = openai.DefaultHttpxClient(**both), openai.DefaultAsyncHttpxClient(**both)
    opened = chat(
        model=model,
        base_url=base_url or None,
        default_query=query or None,
        api_key=SecretStr(api_key),
        temperature=temperature,
        max_completion_tokens=max_tokens,
        max_retries=0,
        stream_usage=True,
        stream_chunk_timeout=None,  # a timer for every chunk; the client's own timeout sees silence, too
        http_socket_options=(),  # for clients of its own; it would warn that they know no proxy
        **fields,
        timeout=timeout,
        # A client of one run has no use for a connection that is kept open after it.
        default_headers={"Connection": "close"},
        http_client=client,
        http_async_client=async_client,
    )

    def refine(fault: Fault) -> Fault:
        """What doesn't answer may be a proxy."""
        variable = on_the_way(base_url) if proxied and fault.kind in {"unreachable", "proxy"} else None
        if variable is None:
            return fault
        return replace(fault, kind="proxy", params={**fault.params, "variable": variable}, retryable=False)

    return Connection(
        model=opened,
        abort=sockets.abort,
        close=client.close,
        refine=refine,
        secrets=(api_key, *(value for name, value in (query or {}).items() if SECRET.search(name))),
        window=window,
        count_tokens=count_tokens,
        wire=wire,
        limit=max_tokens,
    )
