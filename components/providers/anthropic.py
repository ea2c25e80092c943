"""Claude by Anthropic's messages, and any server that speaks them: llama.cpp, vLLM, a proxy."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from components.providers.base import Provider
from components.providers.field import Choice, Field, Snippet
from components.providers.openai import AUTO, NO_KEY
from components.providers.profiles import models
from components.streaming.connection import Connection

if TYPE_CHECKING:
    from components.providers.clients import Clients

# Tokens for thoughts, by effort, for models that are told a number; Anthropic takes none below the least.
BUDGETS = {"low": 1024, "medium": 4096, "high": 16_384}


class Anthropic(Provider):
    name = "anthropic"
    address = "https://api.anthropic.com"
    path = "/v1$"
    small = "-haiku"
    models = models("langchain_anthropic")
    fields = (
        Field("api_key", "secret", variable="ANTHROPIC_API_KEY", required=True),
        Field("base_url", "address", variable="ANTHROPIC_BASE_URL"),
        Field("effort", "choice", AUTO, (AUTO, "low", "medium", "high")),
    )
    snippet = Snippet("langchain_anthropic", "ChatAnthropic", 'system="Answer with JSON."')
    packages = ("langchain-anthropic", "anthropic")
    slow_modules = ("langchain_anthropic",)

    def connect(self, choice: Choice) -> Connection:
        from components.providers.clients import Clients

        key, effort = self.value(choice, "api_key") or NO_KEY, self.value(choice, "effort").replace(AUTO, "")
        clients = Clients(self.base_url(choice)[0], {"x-api-key": key})
        return open_messages(clients, key, **self.asked(choice), effort=effort)


def open_messages(
    clients: "Clients",
    key: str,
    *,
    temperature: float | None,
    max_tokens: int,
    effort: str = "",
    **fields: Any,
) -> Connection:
    """A `ChatAnthropic` for one run; see `wire.open_chat`.

    `effort`: how much the model thinks, "" for what it does by itself.
    """
    # First: by this way the app imports the SDK in the background, a second and a half.
    from langchain_anthropic import ChatAnthropic  # isort: split
    import anthropic
    from pydantic import SecretStr

    from components.providers.invoke import tapped

    opened = tapped(ChatAnthropic)(
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
