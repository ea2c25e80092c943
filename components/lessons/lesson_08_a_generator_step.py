"""A generator step that mends it, sync and async."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

from langchain_core.output_parsers import JsonOutputParser
from langchain_core.runnables import Runnable, RunnableGenerator


def whole_names(reply: Any, *, ended: bool = False) -> list[str]:
    countries = (reply.get("countries") if isinstance(reply, dict) else None) or []
    settled = [one for one in countries if ended or one is not countries[-1] or list(one)[-1:] != ["name"]]
    return [country["name"] for country in settled if country.get("name")]


def names(replies: Iterator[Any]) -> Iterator[str]:
    said, reply = 0, None
    for reply in replies:
        for name in whole_names(reply)[said:]:
            said += 1
            yield name
    yield from whole_names(reply, ended=True)[said:]


async def anames(replies: AsyncIterator[Any]) -> AsyncIterator[str]:
    said, reply = 0, None
    async for reply in replies:
        for name in whole_names(reply)[said:]:
            said += 1
            yield name
    for name in whole_names(reply, ended=True)[said:]:
        yield name


def lesson(model: Runnable[Any, Any], prompt: str) -> None:
    chain = model | JsonOutputParser() | RunnableGenerator(names, anames)
    for name in chain.stream(prompt):
        print(f"stream   {name}")

    async def astream() -> None:
        async for name in chain.astream(prompt):
            print(f"astream  {name}")

    asyncio.run(astream())
