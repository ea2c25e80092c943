"""OpenAI's models on Azure: at an endpoint of one's own, each by the name of its deployment."""

from __future__ import annotations

import re

from components.providers.base import Provider
from components.providers.base_url import normalised
from components.providers.field import Choice, Field, Snippet
from components.providers.openai import OpenAI
from components.streaming.connection import Connection

# Azure's portal shows where one deployment is, and its version.
BEHIND = re.compile(r"/openai(/.*)?$")
VERSION = "2024-10-21"


class Azure(Provider):
    name = "azure"
    models = OpenAI.models
    fields = (
        Field("endpoint", "address", variable="AZURE_OPENAI_ENDPOINT", required=True),
        Field("api_key", "secret", variable="AZURE_OPENAI_API_KEY", required=True),
        Field("api_version", "text", VERSION),
    )
    snippet = Snippet("langchain_openai", "AzureChatOpenAI", 'response_format={"type": "json_object"}')
    packages = ("langchain-openai", "openai")
    slow_modules = ("components.providers.wire",)
    held_to = staticmethod(OpenAI.held_to)

    def connect(self, choice: Choice) -> Connection:
        from components.providers.chat_azure import open_azure

        given = self.value(choice, "endpoint")
        address, query = normalised(given, "endpoint")
        address = BEHIND.sub("", address)
        connection = open_azure(
            endpoint=address,
            api_version=query.get("api-version") or self.value(choice, "api_version"),
            api_key=self.value(choice, "api_key"),
            model=self.allowed_model(choice),
            temperature=self.temperature(choice),
            max_tokens=choice.max_tokens,
        )
        if address != given.rstrip("/"):
            connection.note("base_url", address)
        return connection
