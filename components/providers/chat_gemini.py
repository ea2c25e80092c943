"""ChatGoogleGenerativeAI over HTTP clients of one's own. Importing it takes a second."""

from __future__ import annotations

from typing import Any

from google.genai import Client
from google.genai.types import HttpOptions
from langchain_google_genai import ChatGoogleGenerativeAI
from pydantic import SecretStr

from components.providers.clients import SILENCE_SECONDS, dial, tls
from components.providers.profiles import window_of
from components.streaming.connection import Connection


def open_gemini(
    *,
    base_url: str,
    api_key: str,
    model: str,
    temperature: float | None,
    max_tokens: int,
    effort: str = "",
    silence: float = SILENCE_SECONDS,
) -> Connection:
    """See `wire.open_chat`. `effort`: how much the model thinks, "" for what it does by itself."""
    clients = dial(base_url, {"x-goog-api-key": api_key}, silence=silence)
    more: dict[str, Any] = {"reasoning_effort": effort} if effort else {}
    opened = ChatGoogleGenerativeAI(
        model=model,
        api_key=SecretStr(api_key),
        vertexai=False,
        temperature=temperature,
        max_output_tokens=max_tokens,
        max_retries=1,  # one attempt: the engine is who retries
        client_args={"verify": tls()},  # for clients of its own, which are made and not used
        **more,
    )
    if (opened.profile or {}).get("reasoning_output"):
        opened.include_thoughts = True
    options = HttpOptions(
        base_url=base_url, httpx_client=clients.sync, httpx_async_client=clients.asynchronous
    )
    opened.client = Client(api_key=api_key, vertexai=False, http_options=options)
    return clients.connection(opened, api_key, limit=max_tokens, window=window_of(opened))
