"""A chat model over OpenAI's protocol, on HTTP clients of one's own.

Importing it imports the SDK, which takes about a second.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from pydantic import SecretStr

from components.providers.clients import Clients
from components.providers.reasoning import ReasoningChatOpenAI
from components.streaming.connection import Connection, approximate_tokens

# Names in an address's query that hold a secret.
SECRET = re.compile(r"key|token|secret|sig|pass|auth|code", re.I)


def open_chat(
    clients: Clients,
    key: str,
    *,
    model: str,
    temperature: float | None,
    max_tokens: int,
    query: Mapping[str, str] | None = None,
    window: int = 0,
    count_tokens: Callable[[str], int] = approximate_tokens,
    chat: Callable[..., Any] = ReasoningChatOpenAI,
    **fields: Any,
) -> Connection:
    """A `ChatOpenAI` for one run.

    Retries are left to the engine, which tells the reader about them. `query`: what every request's
    address ends with. `chat`: another class of the kind. `fields`: more of its own;
    `streaming=True` has `invoke` stream underneath, for servers that notice that a client has left only when
    they have a token to send. Said aloud, False would make `stream` fall back on `invoke`.
    """
    opened = chat(
        model=model,
        base_url=clients.address,
        default_query=query or None,
        api_key=SecretStr(key),
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
    secrets = (key, *(value for name, value in (query or {}).items() if SECRET.search(name)))
    return clients.connection(opened, *secrets, limit=max_tokens, window=window, count_tokens=count_tokens)
