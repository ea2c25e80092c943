"""OpenAI's models on Azure: at an endpoint of one's own, each by the name of its deployment."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from components.providers.base import Provider
from components.providers.field import Choice, Field, Snippet
from components.providers.openai import NO_KEY, OpenAI
from components.streaming.connection import Connection

VERSION = "2024-10-21"


class Azure(Provider):
    name = "azure"
    path = r"/openai(/.*)?$"  # the portal shows where one deployment is
    small = OpenAI.small
    models = OpenAI.models
    fields = (
        Field("endpoint", "address", variable="AZURE_OPENAI_ENDPOINT", required=True),
        Field("api_key", "secret", variable="AZURE_OPENAI_API_KEY", required=True),
        Field("api_version", "text", VERSION),
    )
    snippet = Snippet("langchain_openai", "AzureChatOpenAI", 'response_format={"type": "json_object"}')
    packages = ("langchain-openai", "openai")
    slow_modules = ("components.providers.wire",)
    sdk = "AzureOpenAI"

    def connect(self, choice: Choice) -> Connection:
        from components.providers.clients import Clients
        from components.providers.wire import ReasoningAzureChatOpenAI, open_chat

        endpoint, query = self.base_url(choice)
        key, asked = self.value(choice, "api_key") or NO_KEY, self.asked(choice)
        deployment = f"{endpoint}/openai/deployments/{quote(asked['model'])}"
        return open_chat(
            Clients(deployment, {"api-key": key}),
            key,
            **asked,
            chat=ReasoningAzureChatOpenAI,
            azure_endpoint=None,  # it stands in the base URL
            api_version=query.get("api-version") or self.value(choice, "api_version"),
        )

    def in_code(self, endpoint: Any, base_url: Any, query: Mapping[str, str]) -> dict[str, Any]:
        return {"azure_endpoint": endpoint, "api_version": query["api-version"]}
