"""Gemini, by Google's own API and a key for it; with a project on Google Cloud it is `vertexai`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from components.providers.base import Provider
from components.providers.base_url import normalised
from components.providers.field import Choice, Field, Snippet
from components.providers.openai import AUTO, NO_KEY
from components.providers.profiles import models
from components.streaming.connection import Connection


class Gemini(Provider):
    name = "gemini"
    address = "https://generativelanguage.googleapis.com"
    models = models("langchain_google_genai", "gemini-")
    fields = (
        Field("api_key", "secret", variable="GOOGLE_API_KEY", required=True),
        Field("base_url", "address", variable="GOOGLE_GEMINI_BASE_URL"),
        Field("effort", "choice", AUTO, (AUTO, "minimal", "low", "medium", "high")),
    )
    snippet = Snippet(
        "langchain_google_genai", "ChatGoogleGenerativeAI", 'response_mime_type="application/json"'
    )
    packages = ("langchain-google-genai", "google-genai")
    slow_modules = ("components.providers.chat_gemini",)

    def connect(self, choice: Choice) -> Connection:
        from components.providers.chat_gemini import open_gemini

        return open_gemini(
            base_url=normalised(self.value(choice, "base_url") or self.address)[0].removesuffix("/v1beta"),
            api_key=self.value(choice, "api_key") or NO_KEY,
            model=self.allowed_model(choice),
            temperature=self.temperature(choice),
            max_tokens=choice.max_tokens,
            effort=self.value(choice, "effort").replace(AUTO, ""),
        )

    @staticmethod
    def held_to(model: Any, schema: Mapping[str, Any]) -> Any:
        return model.bind(response_mime_type="application/json", response_json_schema=dict(schema))
