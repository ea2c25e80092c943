"""OpenAI, and any server that speaks its protocol: vLLM, llama.cpp, Ollama, a proxy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from components.providers.base import Provider
from components.providers.base_url import normalised
from components.providers.field import Choice, Field, Snippet
from components.streaming.connection import Connection

# Of OpenAI's present models; for other servers the field says it.
WINDOW = "128000"
# What servers without keys are sent; the SDK refuses to be built with none.
NO_KEY = "none"


class OpenAI(Provider):
    name = "openai"
    # Said aloud, so that no variable of the SDK's own can point the owner's key elsewhere.
    address = "https://api.openai.com/v1"
    models = ("gpt-4o-mini", "gpt-4o", "gpt-4.1-mini", "gpt-4.1")
    fields = (
        Field("api_key", "secret", variable="OPENAI_API_KEY", required=True),
        Field("base_url", "address", variable="OPENAI_BASE_URL"),
        Field("window", "number", WINDOW),
    )
    snippet = Snippet("langchain_openai", "ChatOpenAI", 'response_format={"type": "json_object"}')
    packages = ("langchain-openai", "openai")
    slow_modules = ("components.providers.wire",)

    def connect(self, choice: Choice) -> Connection:
        from components.providers.wire import open_chat

        given = self.value(choice, "base_url")
        base_url, query = normalised(given or self.address)
        connection = open_chat(
            base_url=base_url,
            query=query,
            api_key=self.value(choice, "api_key") or NO_KEY,
            model=self.allowed_model(choice),
            temperature=choice.temperature,
            max_tokens=choice.max_tokens,
            max_tokens_too=bool(given),
            window=self.number(choice, "window"),
        )
        if connection.wire is not None and given and base_url != given.partition("?")[0].rstrip("/"):
            connection.wire.note("base_url", base_url)
        return connection

    @staticmethod
    def held_to(model: Any, schema: Mapping[str, Any]) -> Any:
        """As a body of ours: given by name, one that max_tokens cuts off raises LengthFinishReasonError."""
        form = {"type": "json_schema", "json_schema": {"name": "reply", "schema": dict(schema)}}
        return model.bind(extra_body={"response_format": form})
