"""The names example: one step waits, one streams, and no name is said before it is whole."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from itertools import chain
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from langchain_core.exceptions import OutputParserException
from langchain_core.runnables import Runnable

from components.chains import names_streaming, names_waiting
from components.chains.json_parser import JsonParser
from components.providers import Choice, registry
from components.settings import Settings
from components.streaming.faults import fault_from

NAMES = ["France", "Spain", "Japan"]
VALUES = {"language": "json", "rate": "0", "delay": "0"}


def scripted(build: Any, **values: str) -> Runnable[Any, list[str]]:
    built: Runnable[Any, list[str]] = build(
        registry(Settings())["scripted"].open(Choice("scripted", values=VALUES | values)).model
    )
    return built


async def ask(built: Runnable[Any, Any], method: str) -> list[Any]:
    asked = {"prompt": "Which countries?"}
    if method == "stream":
        return await asyncio.to_thread(lambda: list(built.stream(asked)))
    if method == "invoke":
        return [await asyncio.to_thread(built.invoke, asked)]
    if method == "astream":
        return [item async for item in built.astream(asked)]
    events = [event async for event in built.astream_events(asked)]
    return [e["data"]["chunk"] for e in events if e["event"] == "on_chain_stream" and not e["parent_ids"]]


@pytest.mark.parametrize("method", ["stream", "astream", "astream_events", "invoke"])
async def test_every_method(method: str) -> None:
    assert await ask(scripted(names_waiting.build), method) == [NAMES]
    # Slow enough for each name to have a frame of its own.
    items = await ask(scripted(names_streaming.build, rate="60"), method)
    assert items == ([NAMES] if method == "invoke" else [[name] for name in NAMES])


@pytest.mark.parametrize("build", [names_waiting.build, names_streaming.build])
@pytest.mark.parametrize("broken", [{"language": "en"}, {"length": "20"}])
def test_what_cannot_be_read_is_said(build: Any, broken: dict[str, str]) -> None:
    with pytest.raises(OutputParserException) as caught:
        list(scripted(build, **broken).stream({"prompt": "Which countries?"}))
    fault = fault_from(caught.value, after_text=True)
    assert (fault.kind, fault.retryable) == ("unreadable", False)
    assert "not one whole JSON document" in fault.params["detail"]


@pytest.mark.parametrize("reply", [None, [], "text", {}, {"countries": "none"}, {"country": []}])
def test_another_object_is_refused_by_both(reply: Any) -> None:
    with pytest.raises(OutputParserException, match="no list of countries"):
        names_waiting.names(reply)
    with pytest.raises(OutputParserException, match="no list of countries"):
        list(names_streaming.stream(iter([reply])))


def test_a_name_that_was_cut_off_is_never_said() -> None:
    objects = JsonParser().transform(iter('{"countries": [{"name": "France"}, {"name": "Sp'))
    said: list[list[str]] = []
    with pytest.raises(OutputParserException):
        said.extend(names_streaming.stream(objects))
    assert said == [["France"]]


COUNTRY = st.one_of(
    st.fixed_dictionaries(
        {},
        optional={"population": st.integers(), "name": st.text(max_size=6), "capital": st.text(max_size=3)},
    ),
    st.integers(),
    st.none(),
).map(lambda country: dict(reversed(country.items())) if isinstance(country, dict) else country)
REPLIES = st.fixed_dictionaries(
    {"before": st.integers(), "countries": st.lists(COUNTRY, max_size=4)}, optional={"after": st.text()}
)


@given(REPLIES, st.booleans())
@settings(deadline=None, database=None, max_examples=60)
def test_character_by_character_the_names_are_whole_and_those_of_the_waiting_step(
    reply: dict[str, Any], ascii_only: bool
) -> None:
    text = json.dumps(reply, ensure_ascii=ascii_only)
    expected = names_waiting.names(json.loads(text))
    objects = list(JsonParser().transform(iter(text)))

    async def source() -> AsyncIterator[Any]:
        for value in objects:
            yield value

    async def astreamed() -> list[list[str]]:
        return [items async for items in names_streaming.astream(source())]

    streamed = list(names_streaming.stream(iter(objects)))
    assert streamed == asyncio.run(astreamed())
    assert list(chain.from_iterable(streamed)) == expected
    assert all(len(items) == 1 for items in streamed[:-1])
