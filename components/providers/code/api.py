"""What code has to know of an API: how its SDK, LangChain and a reader of its bytes name things."""

import inspect
from collections.abc import Mapping
from importlib import import_module
from typing import Any, ClassVar

from components.providers.code.literals import call

Body = Mapping[str, Any]


class Api:
    """`loop` and `whole`: what of a streamed and of a whole reply is printed, in Python; so in JavaScript."""

    # Behind the base URL of its SDK.
    path: ClassVar[str]
    package: ClassVar[str] = "openai"
    sdk: ClassVar[tuple[str, str]]
    # Of the client's: what asks for a stream, and what for a whole reply.
    create: ClassVar[tuple[str, str]]
    loop: ClassVar[str]
    whole: ClassVar[str]
    js_loop: ClassVar[str]
    js_whole: ClassVar[str]
    # The constructor's arguments by what they are in the body, and the one that takes the rest.
    names: ClassVar[Mapping[str, str]]
    rest: ClassVar[str] = "extra_body"

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
    path = "/chat/completions"
    sdk = ("openai", "OpenAI")
    create = ("client.chat.completions.create",) * 2
    loop = """\
    if chunk.choices:
        print(chunk.choices[0].delta.content or "", end="", flush=True)"""
    whole = "reply.choices[0].message.content"
    js_loop = "event.choices?.[0]?.delta?.content"
    js_whole = "reply.choices[0].message.content"
    names: ClassVar = {name: name for name in ("temperature", "max_completion_tokens", "reasoning_effort")}

    def constructor(self, body: Body, *, streamed: bool) -> dict[str, Any]:
        more = {"stream_usage": "stream_options" in body} if streamed else {}
        return {**super().constructor(body, streamed=streamed), **more}


class ResponsesApi(ChatApi):
    path = "/responses"
    create = ("client.responses.create",) * 2
    loop = """\
    if chunk.type == "response.output_text.delta":
        print(chunk.delta, end="", flush=True)"""
    whole = "reply.output_text"
    js_loop = 'event.type === "response.output_text.delta" && event.delta'
    js_whole = 'reply.output.flatMap((item) => item.content ?? []).map((part) => part.text ?? "").join("")'
    names: ClassVar = {
        "temperature": "temperature",
        "max_output_tokens": "max_completion_tokens",
        "reasoning": "reasoning",
    }

    def messages(self, body: Body) -> list[dict[str, Any]]:
        return [{"role": one["role"], "content": text_of(one["content"])} for one in body["input"]]

    def constructor(self, body: Body, *, streamed: bool) -> dict[str, Any]:
        return {**Api.constructor(self, body, streamed=streamed), "use_responses_api": True}


class MessagesApi(Api):
    path = "/v1/messages"
    package = "anthropic"
    sdk = ("anthropic", "Anthropic")
    create = ("client.messages.create",) * 2
    loop = """\
    if chunk.type == "content_block_delta" and chunk.delta.type == "text_delta":
        print(chunk.delta.text, end="", flush=True)"""
    whole = '"".join(block.text for block in reply.content if block.type == "text")'
    js_loop = "event.delta?.text"
    js_whole = 'reply.content.map((block) => block.text ?? "").join("")'
    names: ClassVar = {name: name for name in ("max_tokens", "temperature", "thinking", "output_config")}
    rest = "model_kwargs"

    def messages(self, body: Body) -> list[dict[str, Any]]:
        system = [{"role": "system", "content": body["system"]}] if "system" in body else []
        return [*system, *body["messages"]]


class GeminiApi(Api):
    path = ""
    package = "google-genai"
    sdk = ("google", "genai")
    create = ("client.models.generate_content_stream", "client.models.generate_content")
    loop = '    print(chunk.text or "", end="", flush=True)'
    whole = "reply.text"
    js_text = '.filter((part) => !part.thought).map((part) => part.text ?? "").join("")'
    js_loop = f"event.candidates?.[0]?.content?.parts?{js_text}"
    js_whole = f"reply.candidates[0].content.parts{js_text}"
    names: ClassVar = {
        "temperature": "temperature",
        "maxOutputTokens": "max_output_tokens",
        "thinkingConfig": "thinking_config",
        "responseMimeType": "response_mime_type",
        "responseJsonSchema": "response_schema",
    }

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


# By the end of the path that is asked; else it is a chat completion.
APIS: Mapping[str, Api] = {
    "/responses": ResponsesApi(),
    "/messages": MessagesApi(),
    "enerateContent": GeminiApi(),
}


def text_of(content: Any) -> Any:
    """Of parts that are all text, one text."""
    if isinstance(content, str):
        return content
    texts = [part.get("text") for part in content]
    return "".join(texts) if all(isinstance(text, str) for text in texts) else content
