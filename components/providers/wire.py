"""A chat model over OpenAI's protocol whose connection can be broken from another thread.

Importing it imports the SDK, which takes about a second.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pydantic import SecretStr

from components.providers.clients import SILENCE_SECONDS, dial
from components.providers.reasoning import ReasoningChatOpenAI
from components.streaming.connection import Connection, approximate_tokens

# Names in an address's query that hold a secret.
SECRET = re.compile(r"key|token|secret|sig|pass|auth|code", re.I)


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
    clients = dial(
        base_url,
        {"Authorization": f"Bearer {api_key}"},
        silence=silence,
        trust_env=trust_env,
        transport=transport,
        older_length=max_tokens_too,
        control_tokens=control_tokens,
    )
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
        http_client=clients.sync,
        http_async_client=clients.asynchronous,
    )
    secrets = (api_key, *(value for name, value in (query or {}).items() if SECRET.search(name)))
    return clients.connection(opened, *secrets, limit=max_tokens, window=window, count_tokens=count_tokens)
