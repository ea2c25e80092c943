"""The countries' names, by a step that streams: each once it is whole, never `Sp` before `Spain`."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

from langchain_core.exceptions import OutputParserException
from langchain_core.messages import BaseMessage
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import Runnable, RunnableGenerator

from components.chains.json_parser import JsonParser


def whole_names(reply: Any, *, ended: bool = False) -> list[str]:
    """The names that won't grow any more. There may be no `countries` yet, or one without its `name`."""
    countries = reply.get("countries") if isinstance(reply, dict) else None
    if not isinstance(countries, list):
        if ended:
            raise OutputParserException("There is no list of countries in the reply.")
        return []
    named = [country for country in countries if isinstance(country, dict) and "name" in country]
    # What was read last may still grow: the last country's name, while no other key of it has come.
    if named and named[-1] is countries[-1] and list(named[-1])[-1] == "name" and not ended:
        named.pop()
    return [country["name"] for country in named]


def stream(replies: Iterator[Any]) -> Iterator[list[str]]:
    """A generator is given each object as it grows. It yields lists, which add up to what `invoke` gives."""
    said, reply = 0, None
    for reply in replies:
        for name in whole_names(reply)[said:]:
            said += 1
            yield [name]
    rest = whole_names(reply, ended=True)[said:]
    if rest or not said:
        yield rest


async def astream(replies: AsyncIterator[Any]) -> AsyncIterator[list[str]]:
    """The same for `astream` and `astream_events`: a sync generator there would run in a thread."""
    said, reply = 0, None
    async for reply in replies:
        for name in whole_names(reply)[said:]:
            said += 1
            yield [name]
    rest = whole_names(reply, ended=True)[said:]
    if rest or not said:
        yield rest


def build(model: Runnable[Any, BaseMessage]) -> Runnable[dict[str, str], list[str]]:
    names = RunnableGenerator(stream, astream)
    return ChatPromptTemplate([("human", "{prompt}")]) | model | JsonParser() | names
