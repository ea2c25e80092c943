"""What code has to know of an API: how its SDK, LangChain and a reader of its bytes name things."""

import inspect
import tomllib
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from components.providers.code.literals import call

Body = Mapping[str, Any]


class Api(SimpleNamespace):
    """Its names are those that `apis.toml` has."""

    def client(self, name: str, arguments: Mapping[str, Any]) -> str:
        """Makes the SDK's client. `name`: of its class."""
        return call(name, arguments)

    def streamed(self, url: str, body: Body) -> bool:
        return bool(body.get("stream"))

    def model(self, url: str, body: Body) -> str:
        return str(body["model"])

    def messages(self, body: Body) -> list[dict[str, Any]]:
        """As LangChain takes them."""
        return [{"role": one["role"], **one} for one in body["messages"]]

    def constructor(self, body: Body, *, streamed: bool) -> dict[str, Any]:
        """What makes LangChain's class ask the same."""
        known = {"model", "messages", "input", "system", "stream", "stream_options", *self.names}
        rest = {name: value for name, value in body.items() if name not in known}
        taken = {self.names[name]: value for name, value in body.items() if name in self.names}
        return {**taken, **({self.rest: rest} if rest else {})}

    def arguments(self, url: str, body: Body) -> dict[str, Any]:
        """What makes the SDK ask the same: what it has no name for goes as it is."""
        place = self.create[0].removeprefix("client.").removesuffix(".create")
        module = import_module(f"{self.package}.resources.{place}")
        resource = getattr(module, place.rpartition(".")[2].title())
        takes = inspect.signature(resource.create).parameters
        rest = {name: value for name, value in body.items() if name not in takes}
        taken = {name: value for name, value in body.items() if name in takes}
        return {**taken, **({"extra_body": rest} if rest else {})}


class ChatApi(Api):
    def constructor(self, body: Body, *, streamed: bool) -> dict[str, Any]:
        more = {"stream_usage": "stream_options" in body} if streamed else {}
        return {**super().constructor(body, streamed=streamed), **more}


class ResponsesApi(Api):
    def messages(self, body: Body) -> list[dict[str, Any]]:
        return [{"role": one["role"], "content": text_of(one["content"])} for one in body["input"]]

    def constructor(self, body: Body, *, streamed: bool) -> dict[str, Any]:
        return {**super().constructor(body, streamed=streamed), "use_responses_api": True}


class MessagesApi(Api):
    def messages(self, body: Body) -> list[dict[str, Any]]:
        system = [{"role": "system", "content": body["system"]}] if "system" in body else []
        return [*system, *body["messages"]]


class GeminiApi(Api):
    def client(self, name: str, arguments: Mapping[str, Any]) -> str:
        more = {name: value for name, value in arguments.items() if name != "base_url"}
        if "project" in arguments:
            more["vertexai"] = True
        if "base_url" in arguments:
            more["http_options"] = {"base_url": arguments["base_url"]}
        return call("genai.Client", more)

    def streamed(self, url: str, body: Body) -> bool:
        return ":streamGenerateContent" in url

    def model(self, url: str, body: Body) -> str:
        return url.rpartition("/models/")[2].partition(":")[0]

    def messages(self, body: Body) -> list[dict[str, Any]]:
        system = [{"role": "system", **body["systemInstruction"]}] if "systemInstruction" in body else []
        roles = {"model": "assistant"}
        return [
            {"role": roles.get(one["role"], one["role"]), "content": text_of(one["parts"])}
            for one in (*system, *body["contents"])
        ]

    def constructor(self, body: Body, *, streamed: bool) -> dict[str, Any]:
        config = body.get("generationConfig", {})
        return {self.names[name]: value for name, value in config.items() if name in self.names}

    def arguments(self, url: str, body: Body) -> dict[str, Any]:
        beside = {name: value for name, value in body.items() if name not in {"contents", "generationConfig"}}
        config = {**beside, **body.get("generationConfig", {})}
        return {"model": self.model(url, body), "contents": body["contents"], "config": config}


_TOLD = tomllib.loads(Path(__file__).with_name("apis.toml").read_text("utf-8"))
# By the end of the path that is asked; else it is a chat completion.
APIS: Mapping[str, Api] = {
    "/responses": ResponsesApi(**_TOLD["responses"]),
    "/messages": MessagesApi(**_TOLD["messages"]),
    "enerateContent": GeminiApi(**_TOLD["gemini"]),
    "": ChatApi(**_TOLD["chat"]),
}


def text_of(content: Any) -> Any:
    """Of parts that are all text, one text."""
    if isinstance(content, str):
        return content
    texts = [part.get("text") for part in content]
    return "".join(texts) if all(isinstance(text, str) for text in texts) else content
