"""ChatAnthropic over HTTP clients of one's own. Importing it takes a second and a half."""

from collections.abc import Mapping
from typing import Any

import anthropic
from langchain_anthropic import ChatAnthropic
from pydantic import SecretStr

from components.providers.clients import Clients
from components.providers.invoke import WholeReplies
from components.streaming.connection import Connection

# Tokens for thoughts, by effort, for models that are told a number; Anthropic takes none below the least.
BUDGETS = {"low": 1024, "medium": 4096, "high": 16_384}


class TappedChatAnthropic(WholeReplies, ChatAnthropic):
    name: str | None = "ChatAnthropic"


def open_messages(
    clients: Clients, key: str, *, temperature: float | None, max_tokens: int, effort: str = "", **fields: Any
) -> Connection:
    """See `wire.open_chat`. `effort`: how much the model thinks, "" for what it does by itself."""
    opened = TappedChatAnthropic(  # type: ignore[call-arg]
        base_url=clients.address,
        api_key=SecretStr(key),
        temperature=None if effort else temperature,  # one that thinks takes none
        max_tokens=max_tokens,
        max_retries=0,
        **fields,
    )
    # It has no field for an HTTP client; it would make one as it makes these.
    opened._client = anthropic.Client(**opened._client_params, http_client=clients.sync)
    opened._async_client = anthropic.AsyncClient(**opened._client_params, http_client=clients.asynchronous)
    profile = opened.profile or {}
    if effort and profile.get("temperature") is False:
        # The models that choose a temperature by themselves choose by themselves how long they think, too.
        opened.thinking = {"type": "adaptive", "display": "summarized"}
        if profile.get("reasoning_effort_levels"):
            opened.output_config = {"effort": effort}
    elif effort:
        opened.thinking = {"type": "enabled", "budget_tokens": BUDGETS[effort]}
        opened.max_tokens = max_tokens + BUDGETS[effort]

    def held_to(schema: Mapping[str, Any]) -> Any:
        """Where the model is known to take one."""
        form = {"type": "json_schema", "schema": dict(schema)}
        return opened.bind(output_config={"format": form}) if profile.get("structured_output") else None

    return clients.connection(opened, key, limit=opened.max_tokens, held_to=held_to)
