"""A call in Python: by LangChain, and by the provider's own SDK."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from components.providers.code.call import Call
from components.providers.code.literals import call, python

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


def langchain(one: Call) -> str:
    api, request, loop = one.api, one.request, _LOOPS.get(one.method, _LOOPS["stream"])
    snippet = one.provider.snippet_of(api.langchain)
    given = {"model": api.model(request.url, request.body), **one.client()}
    given |= api.constructor(request.body, streamed=one.streamed)
    if one.streamed and one.method == "invoke":
        given["streaming"] = True
    return _file(
        f"from {snippet.package} import {snippet.name}",
        f"model = {call(snippet.name, given)}\nmessages = {python(api.messages(request.body))}\n{loop}",
    )


def sdk(one: Call) -> str:
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
