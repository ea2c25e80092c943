"""Gemini by an API key, of Google's own API or of Vertex AI; by a project's credentials it is `vertexai`."""

from collections.abc import Mapping
from typing import Any

from components.providers.base import Provider
from components.providers.field import Choice, Field, Snippet
from components.providers.openai import AUTO, NO_KEY
from components.providers.profiles import models
from components.streaming.connection import Connection

VERTEX = "https://aiplatform.googleapis.com"


def held_to(model: Any, schema: Mapping[str, Any]) -> Any:
    return model.bind(response_mime_type="application/json", response_json_schema=dict(schema))


class Gemini(Provider):
    name = "gemini"
    address = "https://generativelanguage.googleapis.com"
    path = r"/v1beta1?$"
    small = "-flash"
    models = models("langchain_google_genai", "gemini-")
    fields = (
        Field("api_key", "secret", variable="GOOGLE_API_KEY", required=True),
        Field("base_url", "address", variable="GOOGLE_GEMINI_BASE_URL"),
        Field("vertexai", "choice", "false", ("false", "true"), "GOOGLE_GENAI_USE_VERTEXAI", public=True),
        Field("effort", "choice", AUTO, (AUTO, "minimal", "low", "medium", "high")),
    )
    snippet = Snippet(
        "langchain_google_genai", "ChatGoogleGenerativeAI", 'response_mime_type="application/json"'
    )
    packages = ("langchain-google-genai", "google-genai")
    slow_modules = ("components.providers.chat_gemini",)
    other_address = VERTEX

    def connect(self, choice: Choice) -> Connection:
        from components.providers.chat_gemini import open_gemini
        from components.providers.clients import dial

        key, effort = self.value(choice, "api_key") or NO_KEY, self.value(choice, "effort").replace(AUTO, "")
        vertexai, base_url = self.value(choice, "vertexai") == "true", self.base_url(choice)[0]
        clients = dial(VERTEX if vertexai and base_url == self.address else base_url, {"x-goog-api-key": key})
        return open_gemini(clients, key, vertexai=vertexai, **self.asked(choice), effort=effort)

    def in_code(self, endpoint: Any, base_url: Any, query: Mapping[str, str]) -> dict[str, Any]:
        return {"base_url": base_url} if base_url else {}
