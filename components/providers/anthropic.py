"""Claude by Anthropic's messages, and any server that speaks them: llama.cpp, vLLM, a proxy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from components.providers.base import Provider
from components.providers.base_url import normalised
from components.providers.field import Choice, Field, Snippet
from components.providers.openai import AUTO, NO_KEY
from components.providers.profiles import models
from components.streaming.connection import Connection


class Anthropic(Provider):
    name = "anthropic"
    address = "https://api.anthropic.com"
    models = models("langchain_anthropic")
    fields = (
        Field("api_key", "secret", variable="ANTHROPIC_API_KEY", required=True),
        Field("base_url", "address", variable="ANTHROPIC_BASE_URL"),
        Field("effort", "choice", AUTO, (AUTO, "low", "medium", "high")),
    )
    snippet = Snippet("langchain_anthropic", "ChatAnthropic", 'system="Answer with JSON."')
    packages = ("langchain-anthropic", "anthropic")
    slow_modules = ("components.providers.chat_anthropic",)

    def connect(self, choice: Choice) -> Connection:
        from components.providers.chat_anthropic import open_messages

        given = self.value(choice, "base_url") or self.address
        base_url = normalised(given)[0].removesuffix("/v1")  # the SDK's path begins with it
        connection = open_messages(
            base_url=base_url,
            api_key=self.value(choice, "api_key") or NO_KEY,
            model=self.allowed_model(choice),
            temperature=self.temperature(choice),
            max_tokens=choice.max_tokens,
            effort=self.value(choice, "effort").replace(AUTO, ""),
        )
        if base_url != given.rstrip("/"):
            connection.note("base_url", base_url)
        return connection

    @staticmethod
    def held_to(model: Any, schema: Mapping[str, Any]) -> Any:
        """Where the model is known to take one."""
        if not (model.profile or {}).get("structured_output"):
            return None
        return model.bind(output_config={"format": {"type": "json_schema", "schema": dict(schema)}})
