"""A run's call as code of one's own, made of the very request that left: the key is a variable in it, and
so is an address that isn't the provider's own.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from shlex import quote
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from jinja2 import Environment, FileSystemLoader

from components.providers.anthropic import Anthropic
from components.providers.base import Provider
from components.providers.code.api import APIS, Api, messages
from components.providers.code.literals import Expression, call, javascript, python
from components.providers.sse.question import STREAMED
from components.streaming.connection import KEY, Request
from components.streaming.text import forms_of, strike

# One template a kind; "openai" is by the provider's own SDK, whichever that is.
KINDS: Final = ("langchain", "openai", "curl", "js")
TEMPLATES: Final = Environment(  # noqa: S701 - no HTML
    loader=FileSystemLoader(Path(__file__).parent),
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)
TEMPLATES.filters |= {"json": javascript, "quote": quote}


@dataclass(frozen=True)
class Call:
    """`method`: LangChain's, as the run was read."""

    provider: Provider
    request: Request
    method: str

    @cached_property
    def api(self) -> Api:
        path = urlsplit(self.request.url).path
        return next(api for end, api in APIS.items() if path.endswith(end))

    @cached_property
    def streamed(self) -> bool:
        return bool(self.request.body.get("stream")) or STREAMED in self.request.url

    @cached_property
    def model(self) -> str:
        named = self.request.url.rpartition("/models/")[2].partition(":")[0]
        return str(self.request.body.get("model") or named)

    @cached_property
    def key(self) -> str:
        """Its variable; "" where the server wants none."""
        keyed = any(KEY in value for value in self.request.headers.values())
        return self.provider.code_variables[0] if keyed else ""

    @property
    def headers(self) -> Iterator[tuple[str, str, bool]]:
        """Of each its name, its value without the key, and whether that ends with it."""
        for name, value in self.request.headers.items():
            before, key, _ = value.partition(KEY)
            yield name, before, bool(key)

    @cached_property
    def place(self) -> tuple[str, str]:
        """The variable that holds the address, "" for a provider's own, and the rest of the URL."""
        held = re.sub(self.provider.path or "$", "", self.request.address)
        # The makers' own anybody may read.
        if held in (self.provider.address, self.provider.other_address):
            return "", self.request.url
        return self.provider.code_variables[1], self.request.url.removeprefix(held)

    def client(self) -> dict[str, Any]:
        """What makes a Python client ask the same server with the same key."""
        variable, rest = self.place
        path = rest.partition("?")[0].removesuffix(self.api.path)
        endpoint = environ(variable) if variable else None
        base = Expression(f"{endpoint} + {python(path)}") if endpoint and self.api.path and path else endpoint
        query = dict(parse_qsl(urlsplit(self.request.url).query))
        query.pop("alt", None)  # Gemini's own
        given = {"api_key": environ(self.key) if self.key else "none"}
        given |= self.provider.in_code(endpoint, base, query)
        return {name: value for name, value in given.items() if value is not None}


def environ(variable: str) -> Expression:
    return Expression(f'os.environ["{variable}"]')


def _langchain(one: Call) -> dict[str, Any]:
    snippet = Anthropic.snippet if one.api is APIS["/messages"] else one.provider.snippet
    given = {"model": one.model, **one.client()}
    given |= one.api.constructor(one.request.body, streamed=one.streamed)
    if asynchronous := one.method.startswith("astream"):
        given |= snippet.in_async
    if one.streamed and one.method == "invoke":
        given["streaming"] = True
    said = python(messages(one.request.body))
    return {
        "snippet": snippet,
        "model": call(snippet.name, given),
        "messages": said,
        "asynchronous": asynchronous,
    }


def code(
    kind: str, provider: Provider, request: Request, method: str = "stream", secrets: tuple[str, ...] = ()
) -> str:
    """Source text. `method`: LangChain's, as the run was read. `secrets`: what must not stand in it, wherever
    it comes from.
    """
    one = Call(provider, request, method)
    more = {}
    if kind == "langchain":
        more = _langchain(one)
    elif kind == "openai":
        name, given = provider.sdk or one.api.sdk[1], one.api.arguments(one.model, request.body)
        create = call(one.api.create[not one.streamed], given)
        more = {"name": name, "client": one.api.client(name, one.client()), "create": create}
    variable, rest = one.place
    text = TEMPLATES.get_template(f"{kind}.jinja").render(call=one, variable=variable, rest=rest, **more)
    comment = "//" if kind == "js" else "#"
    note = "".join(f"{comment} {line}\n" for line in provider.code_note.splitlines())
    return strike(note + text, forms_of(secrets))


def names(provider: Provider, request: Request) -> list[str]:
    """What the kinds are called, in their order."""
    return ["LangChain", f"{Call(provider, request, '').api.package} SDK", "curl", "JavaScript"]
