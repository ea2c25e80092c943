"""A run's call as code of one's own, made of the very request that left: the key is a variable in it, and
so is an address that isn't the provider's own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from shlex import quote
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from components.providers.base import Provider
from components.providers.code.api import APIS, Api, ChatApi
from components.providers.code.literals import Expression, call, javascript, python
from components.streaming.connection import KEY, Request
from components.streaming.redact import forms_of, strike

_ASYNC: Final = """\
async def main():
{loop}
    print()


asyncio.run(main())"""
# By method; a lesson's, which has a name of its own, is like the first.
_LOOPS: Final[Mapping[str, str]] = {
    "stream": """\
for chunk in model.stream(messages):
    print(chunk.text, end="", flush=True)
print()""",
    "invoke": "print(model.invoke(messages).text)",
    "astream": _ASYNC.format(
        loop="""\
    async for chunk in model.astream(messages):
        print(chunk.text, end="", flush=True)"""
    ),
    "astream_events": _ASYNC.format(
        loop="""\
    async for event in model.astream_events(messages, version="v2"):
        if event["event"] == "on_chat_model_stream":
            print(event["data"]["chunk"].text, end="", flush=True)"""
    ),
}
_FETCH: Final = """\
const response = await fetch({url}, {{
  method: "{method}",
  headers: {{
{headers}
  }},
  body: JSON.stringify({body}),
}});
if (!response.ok) throw new Error(`${{response.status}} ${{await response.text()}}`);
"""
_WHOLE: Final = """\
const reply = await response.json();
console.log({whole});
"""
_LOOP: Final = """\
let rest = "";
for await (const text of response.body.pipeThrough(new TextDecoderStream())) {{
  const lines = (rest + text).split("\\n");
  rest = lines.pop();
  for (const line of lines) {{
    if (!line.startsWith("data:") || line.slice(5).trim() === "[DONE]") continue;
    const event = JSON.parse(line.slice(5));
    if (event.error) throw new Error(JSON.stringify(event.error));
    process.stdout.write({piece} || "");
  }}
}}
console.log();
"""


@dataclass(frozen=True)
class Call:
    """`method`: LangChain's, as the run was read."""

    provider: Provider
    request: Request
    method: str

    @cached_property
    def api(self) -> Api:
        path = urlsplit(self.request.url).path
        return next((api for end, api in APIS.items() if path.endswith(end)), ChatApi())

    @cached_property
    def streamed(self) -> bool:
        return self.api.streamed(self.request.url, self.request.body)

    @cached_property
    def key(self) -> str:
        """Its variable; "" where the server wants none."""
        keyed = any(KEY in value for value in self.request.headers.values())
        return self.provider.code_variables[0] if keyed else ""

    @cached_property
    def place(self) -> tuple[str, str]:
        """The variable that holds the address, "" for a provider's own, and the rest of the URL."""
        if self._base in self.provider.addresses:
            return "", self.request.url
        return self.provider.code_variables[1], self.request.url.removeprefix(self._base)

    @property
    def _base(self) -> str:
        """What of the address its variable holds."""
        return re.sub(self.provider.path or "$", "", self.request.address)

    def client(self) -> dict[str, Any]:
        """What makes a Python client ask the same server with the same key."""
        variable, rest = self.place
        path = rest.partition("?")[0].removesuffix(self.api.path)
        endpoint = environ(variable) if variable else None
        base = Expression(f"{endpoint} + {python(path)}") if endpoint and self.api.path and path else endpoint
        query = dict(parse_qsl(urlsplit(self.request.url).query))
        given = {"api_key": environ(self.key) if self.key else "none"}
        given |= self.provider.in_code(endpoint, base, query)
        return {name: value for name, value in given.items() if value is not None}


def environ(variable: str) -> Expression:
    return Expression(f"os.environ[{python(variable)}]")


def _langchain(one: Call) -> str:
    api, request, loop = one.api, one.request, _LOOPS.get(one.method, _LOOPS["stream"])
    snippet = one.provider.snippet_of(api.langchain)
    given = {"model": api.model(request.url, request.body), **one.client()}
    given |= api.constructor(request.body, streamed=one.streamed)
    if one.method.startswith("astream"):
        given |= snippet.in_async
    if one.streamed and one.method == "invoke":
        given["streaming"] = True
    return _file(
        f"from {snippet.package} import {snippet.name}",
        f"model = {call(snippet.name, given)}\nmessages = {python(api.messages(request.body))}\n{loop}",
    )


def _sdk(one: Call) -> str:
    api, request = one.api, one.request
    package, name = api.sdk[0], one.provider.sdk or api.sdk[1]
    create = call(api.create[not one.streamed], api.arguments(request.url, request.body))
    last = f"for chunk in reply:\n{api.loop}\nprint()" if one.streamed else f"print({api.whole})"
    return _file(
        f"from {package} import {name}",
        f"client = {api.client(name, one.client())}\nreply = {create}\n{last}",
    )


def _file(imported: str, body: str) -> str:
    own = [name for name in ("asyncio", "os") if f"{name}." in body]
    return "\n".join([*(f"import {name}" for name in own), *([""] if own else []), imported, "", body, ""])


def _curl(one: Call) -> str:
    variable, rest = one.place
    lines = [f"curl {'-N ' if one.streamed else ''}" + (f'"${variable}"' if variable else "") + quote(rest)]
    for name, value in one.request.headers.items():
        before, key, _ = value.partition(KEY)
        lines.append(f'-H "{name}: {before}${one.key}"' if key else f"-H {quote(f'{name}: {value}')}")
    return " \\\n  ".join([*lines, f"-d {quote(javascript(one.request.body))}"]) + "\n"


def _fetch(one: Call) -> str:
    """Runs as it stands in Node.js, Deno and Bun, as a module."""
    variable, rest = one.place
    headers = []
    for name, value in one.request.headers.items():
        before, key, _ = value.partition(KEY)
        told = [*([json.dumps(before)] if before or not key else []), *([_variable(one.key)] if key else [])]
        headers.append(f"    {json.dumps(name)}: {' + '.join(told)},")
    begin = _FETCH.format(
        url=" + ".join([*([_variable(variable)] if variable else []), json.dumps(rest)]),
        method=one.request.method,
        headers="\n".join(headers),
        body=javascript(one.request.body, 2),
    )
    end = _LOOP.format(piece=one.api.js_loop) if one.streamed else _WHOLE.format(whole=one.api.js_whole)
    return begin + end


def _variable(variable: str) -> str:
    return f"process.env.{variable}"


# "openai": by the provider's own SDK, whichever that is.
KINDS: Final[Mapping[str, Callable[[Call], str]]] = {
    "langchain": _langchain,
    "openai": _sdk,
    "curl": _curl,
    "js": _fetch,
}


def code(
    kind: str, provider: Provider, request: Request, method: str = "stream", secrets: tuple[str, ...] = ()
) -> str:
    """Source text. `method`: LangChain's, as the run was read. `secrets`: what must not stand in it, wherever
    it comes from.
    """
    comment = "//" if kind == "js" else "#"
    note = "".join(f"{comment} {line}\n" for line in provider.code_note.splitlines())
    return strike(note + KINDS[kind](Call(provider, request, method)), forms_of(secrets))


def names(provider: Provider, request: Request) -> list[str]:
    """What the kinds are called, in their order."""
    return ["LangChain", f"{Call(provider, request, '').api.package} SDK", "curl", "JavaScript"]
