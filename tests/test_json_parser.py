"""The step of a chain: JsonOutputParser's objects, and never silent."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import pytest
from langchain_core.exceptions import OutputParserException
from langchain_core.output_parsers import JsonOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import Runnable

from components.chains.json_parser import JsonParser
from tests.json_replies import begins
from tests.runs import over
from tests.servers.openai_api import OpenAIServer

# No numbers: JsonOutputParser shows the `12` of `123`, which this step doesn't.
TEXT = '{"a": ["one", "tw\\no", {"b": true}], "c": {"d": null, "e": "last \\"words\\""}, "f": []}'


async def stream(pieces: list[str]) -> AsyncIterator[str]:
    for piece in pieces:
        yield piece


async def collected(step: JsonParser, pieces: list[str]) -> list[Any]:
    return [value async for value in step.atransform(stream(pieces))]


def test_the_objects_are_those_of_json_output_parser() -> None:
    expected = list(JsonOutputParser().transform(iter(TEXT)))
    assert list(JsonParser().transform(iter(TEXT))) == expected
    assert asyncio.run(collected(JsonParser(), list(TEXT))) == expected
    assert expected[-1] == json.loads(TEXT)


def test_an_object_that_was_yielded_does_not_grow() -> None:
    values, at_once = [], []
    for value in JsonParser().transform(iter(TEXT)):
        values.append(value)
        at_once.append(json.dumps(value))
    assert [json.dumps(value) for value in values] == at_once


async def test_no_chunk_goes_through_a_thread() -> None:
    with ThreadPoolExecutor(1, thread_name_prefix="hop") as threads:
        asyncio.get_running_loop().set_default_executor(threads)
        await collected(JsonParser(), list(TEXT))
        # The pool starts a thread with the first thing it is given.
        assert not threads._threads


@pytest.mark.parametrize("method", ["stream", "astream", "invoke", "astream_events"])
async def test_it_stands_in_a_chain_with_every_method(openai_server: OpenAIServer, method: str) -> None:
    connection = over(openai_server.base_url, "chunks=200,text=json")
    prompt = ChatPromptTemplate.from_messages([("human", "{question}")])
    chain: Runnable[Any, Any] = prompt | connection.model | JsonParser()
    try:
        values = await _ask(chain, method)
    finally:
        connection.close()
    assert list(values[-1]) == ["countries"]
    assert len(values[-1]["countries"]) > 3
    assert len(values) > 50 or method == "invoke"
    assert all(begins(one, other) for one, other in pairwise(values))


async def _ask(chain: Runnable[Any, Any], method: str) -> list[Any]:
    asked = {"question": "Which countries?"}
    if method == "stream":
        return await asyncio.to_thread(lambda: list(chain.stream(asked)))
    if method == "astream":
        return [value async for value in chain.astream(asked)]
    if method == "invoke":
        return [await asyncio.to_thread(chain.invoke, asked)]
    events = [event async for event in chain.astream_events(asked)]
    return [event["data"]["chunk"] for event in events if event["event"] == "on_parser_stream"]


def test_a_list_is_a_list_and_does_not_add_up() -> None:
    """LangChain adds up what a step yields; its sum of growing lists would be their square."""
    items = [{"number": number} for number in range(300)]
    ends: list[Any] = []
    chain: Runnable[Any, Any] = JsonParser().with_listeners(on_end=lambda run: ends.append(run.outputs))
    values = list(chain.stream(json.dumps(items)))
    pieces = list(JsonParser().transform(iter(json.dumps(items)), {}))
    assert values[-1] == pieces[-1] == items
    assert json.dumps(pieces[-1]) == json.dumps(items)
    assert sum(pieces[1:], pieces[0]) == items
    assert pieces[-1] + ["more"] == [*items, "more"]
    assert ends == [{"output": items}]


@pytest.mark.parametrize("reply", ['{"a": "cut', "{'a': 1}", "I can't.", "", '{"a": 1} {"b": 2}'])
async def test_a_reply_that_is_not_one_document_is_not_passed_over(reply: str) -> None:
    with pytest.raises(OutputParserException, match="not one whole JSON document"):
        list(JsonParser().transform(iter(reply)))
    with pytest.raises(OutputParserException, match="not one whole JSON document"):
        await collected(JsonParser(), [reply])
    with pytest.raises(OutputParserException, match="not one whole JSON document"):
        JsonParser().invoke(reply)


def test_what_was_read_is_yielded_before_it_raises() -> None:
    seen: list[Any] = []

    def read() -> Iterator[Any]:
        for value in JsonParser().transform(iter('{"a": "cut')):
            seen.append(value)
            yield value

    with pytest.raises(OutputParserException):
        list(read())
    assert seen[-1] == {"a": "cut"}


@pytest.mark.parametrize("reply", ['```json\n{"a": 1}\n```', 'Sure: {"a": 1}', '{"a": 1,}', '\ufeff{"a": 1}'])
def test_what_can_be_read_whole_without_a_guess_is_no_failure(reply: str) -> None:
    assert JsonParser().invoke(reply) == {"a": 1}
    assert list(JsonParser().transform(iter(reply)))[-1] == {"a": 1}
