"""Lessons over servers whose chunks have no text: thoughts, and ends that come twice."""

from __future__ import annotations

import gc
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from langgraph.graph import END, START, MessagesState, StateGraph

from components.lessons import lessons, model_for
from components.locale import Words
from components.locale.report import lesson_ended
from components.providers import Choice
from components.providers.openai import OpenAI
from components.settings import Settings
from components.streaming import Connection
from tests.chat_bytes import chunk, stream, thought, usage
from tests.event_runs import saying
from tests.lesson_runs import Played, play
from tests.runs import KEY, provided
from tests.servers.raw import Answer, answering

STOP = chunk(finish="stop")
THINKING = (chunk(""), thought("Alright"), thought("."), chunk("\n\n"), chunk("Four."), STOP)
# Two ends, the second one with the usage and without the id.
TWICE = (chunk("Hi"), chunk("", "stop"), {**chunk("", "stop"), "id": "", **usage(12, 6)})
# Lessons, and what each line of theirs has before a chunk.
CHUNKS = {
    "stream": "",
    "astream": "",
    "chunks_add_up": "+ ",
    "events_of_a_model": "stream run",
    "filter_by_type": "model  on_chat_model_stream",
    "langgraph_modes": "messages ",
    "auto_streaming": "answer: ",
    "custom_data": "graph  messages",
    "agent_stream": "messages model",
    "interrupts": "draft ",
    "nostream": "plain: ",
}


async def played(name: str, *chunks: Any) -> Played:
    got = await run(name, *chunks)
    assert got.report.fault is None
    return got


async def run(name: str, *chunks: Any) -> Played:
    async with answering(Answer((stream(*chunks),))) as server:

        def opened() -> Connection:
            lesson, values = lessons()[name], {"api_key": KEY, "base_url": server.base_url}
            connection = OpenAI(Settings()).open(Choice("openai", "m", values=values))
            model = model_for(lesson, connection)
            return connection.with_chain(model, lesson.prompt)

        return await play(name, opened)


def of_chunks(got: Played, name: str) -> list[str]:
    return [text for text in got.texts if text.startswith(CHUNKS[name])]


@pytest.mark.parametrize("name", CHUNKS)
async def test_a_thought_is_shown_as_one(name: str) -> None:
    got = await played(name, *THINKING)
    told = of_chunks(got, name)
    thoughts = [text for text in told if "'reasoning': 'Alright'" in text]
    assert len(thoughts) == 1
    assert told.index(thoughts[0]) < next(at for at, text in enumerate(told) if "Four." in text)
    assert not any(text.endswith("''") and "stream" in text for text in told)


@pytest.mark.parametrize("name", CHUNKS)
async def test_each_token_once_whatever_the_end_looks_like(name: str) -> None:
    got = await played(name, *TWICE)
    told = [text.partition(" = ")[0] for text in of_chunks(got, name)]  # not the sum so far
    assert len([text for text in told if "'Hi'" in text]) == 1
    # Without text they don't look like text.
    others = [text for text in told if "'Hi'" not in text and "meanwhile" not in text]
    assert others
    assert all("[]" in text for text in others)


async def test_a_sum_has_the_thoughts_too() -> None:
    got = await played("chunks_add_up", *THINKING)
    finish, _, blocks = got.texts[-3:]
    assert finish == "finish reason: stop"
    assert "'reasoning': 'Alright.'" in blocks
    assert "'text': '\\n\\nFour.'" in blocks


async def test_strings_of_thoughts_are_empty() -> None:
    got = await played("string_parser", *THINKING)
    assert got.texts[-1] == "joined: '\\n\\nFour.'"
    assert got.texts[:2] == ["''", "''"]


CUT = "a reply ended at the length limit"


@pytest.mark.parametrize("name", ["stream", "fastapi", "langgraph_modes"])
@pytest.mark.parametrize(
    ("chunks", "kind", "cut"),
    [
        ((chunk("Hi"), STOP), None, False),
        ((chunk("Hi"), chunk("", "length")), None, True),
        ((chunk("Hi"), chunk("", "content_filter")), "content_filter", False),
        (
            (chunk(delta={"refusal": "I can't "}), chunk(delta={"refusal": "say that."}), STOP),
            "refused",
            False,
        ),
        ((chunk("Hi"), chunk(delta={"refusal": "No more."}), STOP), "refused", False),
    ],
)
async def test_a_reply_that_is_not_whole_is_said_to_be(
    name: str, chunks: Any, kind: str | None, cut: bool
) -> None:
    got = await run(name, *chunks)
    fault = got.report.fault
    assert (fault.kind if fault else None) == kind
    if fault and kind == "refused":  # the words of one reply, however many there were
        assert fault.params["detail"] in ("I can't say that.", "No more.")
    assert (CUT in lesson_ended(Words("en"), got.frames[-1], got.report)) is cut


@pytest.mark.parametrize(
    ("name", "chunks", "kind"),
    [
        ("json_grows", (thought("hm"), chunk("No."), STOP), "unreadable"),
        ("json_grows", (thought("hm"), STOP), "thought_only"),
        ("json_grows", (STOP,), "empty"),
        ("a_generator_step", (chunk('{"countries": null}'), STOP), "unreadable"),
        ("a_generator_step", (chunk('{"countries": [null]}'), STOP), "unreadable"),
        ("a_generator_step", (chunk('{"countries": {"name": "France"}}'), STOP), "unreadable"),
        ("a_step_that_waits", (chunk('{"countries": [5]}'), STOP), "unreadable"),
    ],
)
async def test_a_lesson_in_json_without_what_it_needs(name: str, chunks: Any, kind: str) -> None:
    fault = (await run(name, *chunks)).report.fault
    assert fault is not None
    assert fault.kind == kind


async def test_a_lesson_in_json_of_a_model_that_refuses() -> None:
    """LangChain's parser raises what it knows of Anthropic's and Google's ends."""
    parts = [{"text": "I"}]
    told: Any = {"candidates": [{"content": {"parts": parts}, "finishReason": "SAFETY"}]}
    async with answering(Answer((json.dumps(told).encode(),), content_type="application/json")) as server:
        lesson = lessons()["json_grows"]

        def opened() -> Connection:
            connection = provided("gemini", server.base_url.removesuffix("/v1"), "gemini-2.5-flash")
            return connection.with_chain(model_for(lesson, connection), lesson.prompt)

        fault = (await play(lesson.name, opened)).report.fault
    assert fault is not None
    assert fault.kind == "content_filter"


async def test_what_a_chain_leaves_that_fails_in_mid_reply_ends_in_silence() -> None:
    """LangChain reads a model to its end when a generator is closed. What can't be raised there is a failure
    of this test, as pytest is told to make it.
    """
    rest = [chunk(" ")] * 5000
    fault = (await run("a_generator_step", chunk('{"countries": [null]}'), *rest, STOP)).report.fault
    assert fault is not None
    gc.collect()


async def test_a_model_that_calls_its_tool_for_ever() -> None:
    call = {"name": "count_letters", "arguments": '{"word": "parrot"}'}
    chunks = (
        chunk(delta={"tool_calls": [{"index": 0, "id": "c", "function": call}]}),
        chunk(finish="tool_calls"),
    )
    got = await run("agent_stream", *chunks)
    assert got.report.fault is not None
    assert (got.report.fault.kind, len(got.among("tools    tool-finished"))) == ("endless", 8)


@pytest.mark.parametrize("name", ["fastapi", "streamlit_page", "held_back"])
async def test_a_model_that_fails_behind_a_lesson_s_own_server(name: str) -> None:
    fault = (await run(name, chunk("Hi"), {"error": {"message": "oom"}})).report.fault
    assert fault is not None
    assert (fault.kind, fault.params["detail"]) == ("provider_error", "oom")


@pytest.mark.parametrize(("subgraphs", "pieces"), [(False, 1), (True, 5)])
async def test_a_graph_in_a_graph_gives_its_message_whole(subgraphs: bool, pieces: int) -> None:
    """As lesson 22 says of itself."""

    async def answer(state: MessagesState) -> dict[str, Any]:
        return {"messages": [await saying("one two three").ainvoke(state["messages"])]}

    graph: Any = one_node(one_node(answer))
    asked = {"messages": [("user", "hello")]}
    items: AsyncIterator[Any] = graph.astream(asked, stream_mode="messages", subgraphs=subgraphs)
    texts = [(item[1] if subgraphs else item)[0].text async for item in items]
    assert len([text for text in texts if text]) == pieces
    assert "".join(texts) == "one two three"


def one_node(does: Any) -> Any:
    graph = StateGraph(MessagesState)
    graph.add_node("answer", does)
    graph.add_edge(START, "answer")
    graph.add_edge("answer", END)
    return graph.compile()
