"""Gemini by an API key, of Google's own API or of Vertex AI; by a project's credentials it is `vertexai`."""

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from components.providers.base import Provider
from components.providers.field import Choice, Field, Snippet
from components.providers.openai import AUTO, NO_KEY
from components.providers.profiles import models
from components.streaming.connection import Connection

if TYPE_CHECKING:
    from components.providers.clients import Clients

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
    slow_modules = ("langchain_google_genai",)
    other_address = VERTEX

    def connect(self, choice: Choice) -> Connection:
        from components.providers.clients import Clients

        key, effort = self.value(choice, "api_key") or NO_KEY, self.value(choice, "effort").replace(AUTO, "")
        vertexai, base_url = self.value(choice, "vertexai") == "true", self.base_url(choice)[0]
        clients = Clients(
            VERTEX if vertexai and base_url == self.address else base_url, {"x-goog-api-key": key}
        )
        return open_gemini(clients, key, vertexai=vertexai, **self.asked(choice), effort=effort)


def open_gemini(
    clients: "Clients", key: str, *, vertexai: bool, max_tokens: int, effort: str = "", **fields: Any
) -> Connection:
    """A `ChatGoogleGenerativeAI` for one run; see `open_messages`. `vertexai`: the key is Google Cloud's."""
    # First: by this way the app imports the SDK in the background, a second.
    from langchain_google_genai import ChatGoogleGenerativeAI  # isort: split
    from google.auth.credentials import AnonymousCredentials
    from google.genai import Client
    from google.genai.types import HttpOptions
    from pydantic import SecretStr

    from components.providers.clients import tls
    from components.providers.invoke import tapped

    if effort:
        fields["reasoning_effort"] = effort
    if vertexai:  # else LangChain would put the key into this process's environment for a moment
        fields["credentials"] = AnonymousCredentials()  # type: ignore[no-untyped-call]
    opened = tapped(ChatGoogleGenerativeAI)(
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
