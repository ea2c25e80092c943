"""ChatGoogleGenerativeAI over HTTP clients of one's own. Importing it takes a second."""

from functools import partial
from typing import Any

from google.auth.credentials import AnonymousCredentials
from google.genai import Client
from google.genai.types import HttpOptions
from langchain_google_genai import ChatGoogleGenerativeAI
from pydantic import SecretStr

from components.providers.clients import Clients, tls
from components.providers.gemini import held_to
from components.providers.invoke import WholeReplies
from components.streaming.connection import Connection


class TappedChatGemini(WholeReplies, ChatGoogleGenerativeAI):
    name: str | None = "ChatGoogleGenerativeAI"


def open_gemini(
    clients: Clients, key: str, *, vertexai: bool, max_tokens: int, effort: str = "", **fields: Any
) -> Connection:
    """See `wire.open_chat` and `open_messages`. `vertexai`: the key is Google Cloud's."""
    if effort:
        fields["reasoning_effort"] = effort
    if vertexai:  # else LangChain would put the key into this process's environment for a moment
        fields["credentials"] = AnonymousCredentials()  # type: ignore[no-untyped-call]
    opened = TappedChatGemini(  # type: ignore[call-arg]
        api_key=SecretStr(key),
        vertexai=vertexai,
        base_url=clients.address,
        max_output_tokens=max_tokens,
        max_retries=1,  # one attempt: the engine is who retries
        client_args={"verify": tls()},  # for clients of its own, which are made and not used
        **fields,
    )
    if (opened.profile or {}).get("reasoning_output"):
        opened.include_thoughts = True
    options = HttpOptions(
        base_url=clients.address, httpx_client=clients.sync, httpx_async_client=clients.asynchronous
    )
    opened.client = Client(api_key=key, vertexai=vertexai, http_options=options)
    return clients.connection(opened, key, limit=max_tokens, held_to=partial(held_to, opened))
