"""AzureChatOpenAI over HTTP clients of one's own. Importing it takes about a second."""

from __future__ import annotations

from langchain_openai import AzureChatOpenAI
from pydantic import SecretStr

from components.providers.clients import SILENCE_SECONDS, dial
from components.providers.profiles import window_of
from components.providers.reasoning import Reasoning
from components.streaming.connection import Connection


class ReasoningAzureChatOpenAI(Reasoning, AzureChatOpenAI):
    name: str | None = "AzureChatOpenAI"


def open_azure(
    *,
    endpoint: str,
    api_version: str,
    api_key: str,
    model: str,
    temperature: float | None,
    max_tokens: int,
    silence: float = SILENCE_SECONDS,
) -> Connection:
    """See `wire.open_chat`. `model`: a deployment's name."""
    clients = dial(endpoint, {"api-key": api_key}, silence=silence, versioned=True)
    opened = ReasoningAzureChatOpenAI(
        azure_endpoint=endpoint,
        azure_deployment=model,
        model=model,
        api_version=api_version,
        api_key=SecretStr(api_key),
        temperature=temperature,
        max_completion_tokens=max_tokens,
        max_retries=0,
        stream_usage=True,
        stream_chunk_timeout=None,  # as for OpenAI
        http_socket_options=(),
        http_client=clients.sync,
        http_async_client=clients.asynchronous,
    )
    return clients.connection(opened, api_key, limit=max_tokens, window=window_of(opened))
