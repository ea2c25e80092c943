"""Claude by Anthropic's messages, and any server that speaks them: llama.cpp, vLLM, a proxy."""

from components.providers.base import Provider
from components.providers.field import Choice, Field, Snippet
from components.providers.openai import AUTO, NO_KEY
from components.providers.profiles import models
from components.streaming.connection import Connection


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
    slow_modules = ("components.providers.chat_anthropic",)

    def connect(self, choice: Choice) -> Connection:
        from components.providers.chat_anthropic import open_messages
        from components.providers.clients import dial

        key, effort = self.value(choice, "api_key") or NO_KEY, self.value(choice, "effort").replace(AUTO, "")
        clients = dial(self.base_url(choice)[0], {"x-api-key": key})
        return open_messages(clients, key, **self.asked(choice), effort=effort)
