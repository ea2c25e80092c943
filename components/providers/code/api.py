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
# Of a request's body, what LangChain's class is given in another way; and of a message.
BESIDE = {"model", "messages", "input", "system", "stream", "stream_options"}
OF_SERVER = {"role", "content", "parts", "type", "id", "status"}


class Api(SimpleNamespace):
    """Its names are those that `apis.toml` has."""

    def client(self, name: str, arguments: Mapping[str, Any]) -> str:
        """Makes the SDK's client. `name`: of its class."""
        return call(name, arguments)

    def constructor(self, body: Body, *, streamed: bool) -> dict[str, Any]:
        """What makes LangChain's class ask the same."""
        taken = {self.names[name]: value for name, value in settings(body).items() if name in self.names}
        rest = {name: value for name, value in body.items() if name not in BESIDE | self.names.keys()}
        usage = {self.usage: "stream_options" in body} if self.usage and streamed else {}
        return {**taken, **({self.rest: rest} if rest and self.rest else {}), **usage, **self.more}

    def arguments(self, model: str, body: Body) -> dict[str, Any]:
        """What makes the SDK ask the same: what it has no name for goes as it is."""
        place = self.create[0].removeprefix("client.").removesuffix(".create")
        module = import_module(f"{self.package}.resources.{place}")
        resource = getattr(module, place.rpartition(".")[2].title())
        takes = inspect.signature(resource.create).parameters
        rest = {name: value for name, value in body.items() if name not in takes}
        taken = {name: value for name, value in body.items() if name in takes}
        return {**taken, **({"extra_body": rest} if rest else {})}


class GeminiApi(Api):
    def client(self, name: str, arguments: Mapping[str, Any]) -> str:
        more = {name: value for name, value in arguments.items() if name != "base_url"}
        if "project" in arguments:
            more["vertexai"] = True
        if "base_url" in arguments:
            more["http_options"] = {"base_url": arguments["base_url"]}
        return call("genai.Client", more)

    def arguments(self, model: str, body: Body) -> dict[str, Any]:
        beside = {name: value for name, value in body.items() if name not in {"contents", "generationConfig"}}
        return {"model": model, "contents": body["contents"], "config": {**beside, **settings(body)}}


_TOLD = tomllib.loads(Path(__file__).with_name("apis.toml").read_text("utf-8"))
# By the end of the path that is asked; else it is a chat completion.
APIS: Mapping[str, Api] = {
    "/responses": Api(**_TOLD["responses"]),
    "/messages": Api(**_TOLD["messages"]),
    "enerateContent": GeminiApi(**_TOLD["gemini"]),
    "": Api(**_TOLD["chat"]),
}


def settings(body: Body) -> Body:
    """Where a request has them: Gemini's in a place of their own."""
    place: Body = body.get("generationConfig", {}) if "contents" in body else body
    return place


def messages(body: Body) -> list[dict[str, Any]]:
    """As LangChain takes them."""
    system = body.get("systemInstruction") or ({"content": body["system"]} if "system" in body else None)
    said = next(body[name] for name in ("messages", "input", "contents") if name in body)
    return [_message(one) for one in ([{**system, "role": "system"}, *said] if system else said)]


def _message(one: Body) -> dict[str, Any]:
    role = "assistant" if one["role"] == "model" else one["role"]
    rest = {name: value for name, value in one.items() if name not in OF_SERVER}
    return {"role": role, "content": text_of(one.get("content", one.get("parts"))), **rest}


def text_of(content: Any) -> Any:
    """Of parts that are all text, one text."""
    if not isinstance(content, list):
        return content
    texts = [part.get("text") for part in content]
    return "".join(texts) if all(isinstance(text, str) for text in texts) else content
