"""The chains of the Events tab: what they stream, what they are made of, and whether the tool was called."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessageChunk, HumanMessage
from langchain_core.outputs import ChatGenerationChunk

from components.chains.graph_text import DELTA
from components.chains.registry import CHAINS, build
from components.providers import Choice, registry
from components.runs.ask import Ask, frames
from components.runs.lab import Lab
from components.settings import Settings
from components.streaming import TYPED, Connection, Frame, Stop, run
from components.streaming.events import Events, Row
from components.streaming.records import Phase
from tests.app_process import ROOT
from tests.servers.openai_api import OpenAIServer
from tests.servers.openai_plan import ENDLESS
from tests.test_stop import until

KEY = "sk-good-OWNERS-KEY-0123456789"
METHODS = {"v2": "astream_events", "v3": TYPED.name}
SAID = "**Streaming** means reading a reply while it is"
# An answer begins with what the tool has found.
RESULTS = {
    **dict.fromkeys(("tools", "agent"), 'The word "How do I stream events?" has'),
    "streaming_tool": "The word has 18 letters: H, o,",
}
Steps = dict[str, dict[str, Any]]


def scripted() -> Connection:
    values = {"rate": "0", "delay": "0", "length": "10"}
    return registry(Settings())["scripted"].open(Choice("scripted", values=values))


def openai(server: OpenAIServer, model: str) -> Connection:
    provider = registry(Settings.load(None, {"OPENAI_BASE_URL": server.base_url, "OPENAI_API_KEY": KEY}))[
        "openai"
    ]
    return provider.open(Choice("openai", model))


def input_of(name: str, prompt: str) -> dict[str, Any]:
    """A chain's input."""
    return {"messages": [HumanMessage(prompt)]} if name == "chat" else {"prompt": prompt}


async def ask(connection: Connection, name: str, prompt: str, method: str = "astream_events") -> list[str]:
    chain, value = build(name, connection), input_of(name, prompt)
    if method == "astream":
        return [text async for text in chain.astream(value)]
    said = await events(connection, name, prompt)
    return [e["data"]["chunk"] for e in said if e["event"] == "on_chain_stream" and not e["parent_ids"]]


async def events(connection: Connection, name: str, prompt: str) -> list[Any]:
    chain, value = build(name, connection), input_of(name, prompt)
    return [event async for event in chain.astream_events(value, version="v2")]


def ended(said: list[Any]) -> Steps:
    """What each run gave, by its name; the last of a name."""
    return {e["name"]: e for e in said if e["event"].endswith("_end")}


@pytest.mark.parametrize("method", ["astream", "astream_events"])
@pytest.mark.parametrize("name", CHAINS)
async def test_each_streams_over_scripted(name: str, method: str) -> None:
    chunks = await ask(scripted(), name, "How do I stream events?", method)
    assert "".join(chunks) == RESULTS.get(name, SAID)
    assert len(chunks) > 5


async def test_retrieval(openai_server: OpenAIServer) -> None:
    model = "chunks=30,rate=200,id=retrieval"
    said = await events(openai(openai_server, model), "retrieval", "How do filters with exclude work?")
    steps = ended(said)
    found = steps["passages"]["data"]["output"]
    assert found[0].metadata["title"] == "Filters"
    assert len(found) <= 3
    assert "retrieval" in steps["passages"]["tags"]
    assert {"question", "search", "as_text", "retrieval"} <= steps.keys()
    (entry,) = openai_server.requests(model)
    system, human = (message["content"] for message in entry.body["messages"])
    assert found[0].page_content in system
    assert human == "How do filters with exclude work?"
    streamed = [e for e in said if e["event"] == "on_chat_model_stream"]
    assert len(streamed) >= 30
    assert all("answer" in e["tags"] for e in streamed)


async def test_retrieval_of_what_no_passage_says() -> None:
    steps = ended(await events(scripted(), "retrieval", "xyzzy ウィキ"))
    assert steps["passages"]["data"]["output"] == []


async def test_a_tool_is_called_and_its_result_goes_back(openai_server: OpenAIServer) -> None:
    model = "chunks=20,rate=200,tool_call=banana,id=tools"
    connection = openai(openai_server, model)
    said = await events(connection, "tools", "How many letters has banana?")
    steps = ended(said)
    assert steps["count_letters"]["event"] == "on_tool_end"
    assert steps["count_letters"]["data"]["output"].content == 'The word "banana" has 6 letters.'
    assert [e["name"] for e in said if e["event"] == "on_custom_event"] == []
    first, second = openai_server.requests(model)
    assert first.body["tool_choice"] == {"type": "function", "function": {"name": "count_letters"}}
    assert second.body["messages"][-1]["role"] == "tool"
    assert second.body["messages"][-1]["content"] == 'The word "banana" has 6 letters.'
    assert second.body["messages"][-2]["tool_calls"][0]["function"]["name"] == "count_letters"
    assert len(await ask(connection, "tools", "How many letters has banana?")) >= 20


async def test_a_model_that_calls_no_tool(openai_server: OpenAIServer) -> None:
    said = await events(openai(openai_server, "chunks=5,id=no-tool"), "tools", "How many letters has banana?")
    (custom,) = [e for e in said if e["event"] == "on_custom_event"]
    assert (custom["name"], custom["data"]) == ("tool_not_called", {"tool": "count_letters"})
    assert "count_letters" not in ended(said)
    assert len(openai_server.requests("chunks=5,id=no-tool")) == 1


@pytest.mark.slow
async def test_the_embedded_model_calls_the_tool() -> None:
    """What holds it to the arguments is no part of the answer."""
    provider = registry(Settings())["local"]
    provider.start()
    try:
        connection = provider.open(Choice("local", max_tokens=60, temperature=0))
        asked = "How many letters does the word banana have?"
        for name, tool in (
            ("tools", "count_letters"),
            ("agent", "count_letters"),
            ("streaming_tool", "spell_out"),
        ):
            said = await events(connection, name, asked)
            assert ended(said)[tool]["data"]["output"].content.startswith("The word ")
            answer = [
                e["data"]["chunk"] for e in said if e["event"] == "on_chain_stream" and not e["parent_ids"]
            ]
            assert len(answer) > 3
            assert "{" not in "".join(answer)
    finally:
        provider.stop()


THOUGHT = ("reasoning", "", "The reader asks how")
CALLED = '{"word": "How do I stream events?"}'


BETA = pytest.mark.filterwarnings("ignore:The v3 streaming protocol")


@BETA
@pytest.mark.parametrize("version", ["v2", "v3"])
@pytest.mark.parametrize(
    ("name", "beside", "calls"),
    [
        ("graph", [THOUGHT] * 2, 2),
        ("branches", [THOUGHT] * 3, 3),  # two of them at once
        ("agent", [THOUGHT, ("tool_call", "count_letters", CALLED), THOUGHT], 2),
        ("streaming_tool", [THOUGHT, ("tool_call", "spell_out", CALLED), THOUGHT], 2),
    ],
)
async def test_a_run_of_several_replies(
    name: str, beside: list[tuple[str, str, str]], calls: int, version: str
) -> None:
    """Each thought by itself, each call with its arguments, and figures of all of them."""
    values = {"rate": "0", "delay": "0", "length": "10"}
    values |= {"thinking": "reasoning_content", "thinking_length": "4"}
    asked = Ask("How do I stream events?", [], Choice("scripted", values=values), "", "astream_events")
    frame, rows = await seen(Settings(), asked, name, version)
    *others, answer = [(part.kind, part.name, part.text) for part in frame.parts]
    assert (others, answer) == (beside, ("text", "", RESULTS.get(name, SAID)))
    assert frame.report is not None
    outcome = frame.report.outcome
    assert (frame.report.verdict, outcome.finish_reason) == ("thought_then_streamed", "stop")
    assert outcome.reasoning_tokens == 4 * calls
    told = [row for row in rows if DELTA in (row["name"], row["event"])]
    assert (len(told) > 10) == (name == "streaming_tool"), "one for each letter"
    assert any(row["event"].startswith("on_") for row in rows) == (version == "v2")


async def seen(
    settings: Settings, asked: Ask, name: str, version: str, until: Callable[[], bool] = lambda: False
) -> tuple[Frame, list[Row]]:
    """The last frame, and all rows; stopped at the frame by which `until` is true."""
    log, lab, stop = Events(), Lab(settings, registry(settings)), Stop()
    running = frames(lab, replace(asked, method=METHODS[version]), stop, chain=name, rows=True)
    async with aclosing(running) as coming:
        async for frame in coming:
            log.feed(frame)
            if until():
                stop.set()
    return frame, log.rows(10_000)


@BETA
@pytest.mark.parametrize("version", ["v2", "v3"])
@pytest.mark.parametrize(("name", "asks"), [("agent", 1), ("branches", 2)])
async def test_stop_reaches_the_models(
    openai_server: OpenAIServer, name: str, asks: int, version: str
) -> None:
    """Each server connection is closed, far from its reply's end, also of two that are asked at once."""
    own = {"OPENAI_BASE_URL": openai_server.base_url, "OPENAI_API_KEY": KEY}
    model = f"{ENDLESS},id=stop-{name}-{version}"
    asked = Ask("Hi", [], Choice("openai", model, max_tokens=9999), "", "astream_events")

    def begun() -> bool:
        entries = openai_server.requests(model)
        return len(entries) == asks and all(entry.chunks for entry in entries)

    frame, _ = await seen(Settings.load(None, own), asked, name, version, begun)
    assert frame.report is not None
    assert (frame.report.verdict, frame.report.fault) == ("stopped", None)
    assert frame.report.closed_after is not None

    def closed() -> bool:
        entries = openai_server.requests(model)
        return len(entries) == asks and all(entry.closed is not None for entry in entries)

    await until(closed)
    for entry in openai_server.requests(model):
        assert entry.finished is None


@BETA
@pytest.mark.parametrize("version", ["v2", "v3"])
@pytest.mark.parametrize("answer", [True, False, None])
async def test_a_graph_that_asks(version: str, answer: bool | None) -> None:
    """It waits for as long as nobody answers; None stops it instead. The wait is nobody's gap."""
    values = {"rate": "0", "delay": "0", "length": "10"}
    asked = Ask("Hi", [], Choice("scripted", values=values), "", METHODS[version])
    lab, stop, waited, phases = Lab(Settings(), registry(Settings())), Stop(), 0, list[str]()
    async with aclosing(frames(lab, asked, stop, chain="approval", rows=True)) as running:
        async for frame in running:
            if frame.asks and not waited:
                waited += 1
                assert frame.text == SAID
                loop = asyncio.get_running_loop()
                loop.call_later(0.1, stop.set if answer is None else partial(never_none(stop.answer), answer))
            phases += [record.phase for record in frame.records if isinstance(record, Phase)]
    assert waited
    # Of which the meter takes no notice.
    assert [phases.count("asking"), phases.count("answered")] == [1, 1]
    assert frame.report is not None
    assert frame.text == (f"{SAID}\n\n{SAID}" if answer else SAID)
    assert frame.report.outcome.output_tokens == (20 if answer else 10)
    assert frame.report.verdict == ("stopped" if answer is None else frame.report.verdict)
    assert stop.answer is None


def never_none(answer: Callable[[bool], None] | None) -> Callable[[bool], None]:
    assert answer is not None
    return answer


class Tokenless(BaseChatModel):
    """Hands on its chunks, and tells no callback of them."""

    _llm_type = "tokenless"

    def _generate(self, *args: Any, **kwargs: Any) -> Any:
        raise NotImplementedError

    async def _astream(self, *args: Any, **kwargs: Any) -> AsyncIterator[ChatGenerationChunk]:
        beside = AIMessageChunk(content="", additional_kwargs={"reasoning_content": "Hm."})
        end = {"finish_reason": "stop"}
        for message in (
            beside,
            AIMessageChunk(content="Hi"),
            AIMessageChunk(content="!", response_metadata=end),
        ):
            yield ChatGenerationChunk(message=message)


@BETA
async def test_a_model_that_tells_of_no_tokens() -> None:
    connection = Connection(Tokenless())
    chain, value = build("graph", connection), {"prompt": "Hi"}
    async with aclosing(run(lambda: connection.with_chain(chain, value), TYPED)) as running:
        *_, frame = [frame async for frame in running]
    assert [(part.kind, part.text) for part in frame.parts] == [("reasoning", "Hm.")] * 2 + [("text", "Hi!")]
    assert frame.report is not None
    assert (frame.report.fault, frame.report.outcome.finish_reason) == (None, "stop")


async def test_the_graph_streams_from_both_nodes(openai_server: OpenAIServer) -> None:
    model = "chunks=25,rate=200,id=graph"
    said = await events(openai(openai_server, model), "graph", "What is a token?")
    streamed = [e["tags"] for e in said if e["event"] == "on_chat_model_stream"]
    for tag in ("outline", "answer"):
        assert sum(tag in tags for tags in streamed) >= 25
    assert {"nodes", "outline", "write", "graph"} <= ended(said).keys()
    assert ended(said)["outline"]["parent_ids"]
    _, second = openai_server.requests(model)
    assert "Lorem ipsum" in second.body["messages"][-1]["content"]  # the first node's outline


def test_nothing_is_imported_before_a_chain_is_asked_for() -> None:
    code = "import sys, components.chains.registry; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert not {"langchain_core", "langgraph", "bm25s", "numpy", "gradio"} & set(done.stdout.split())
