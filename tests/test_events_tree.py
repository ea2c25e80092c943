"""The run tree: every run under its parent, closed with its attempt, with its custom events and its input."""

from __future__ import annotations

import asyncio
import math
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from langchain_core.callbacks import BaseCallbackHandler, adispatch_custom_event
from langchain_core.language_models import BaseChatModel
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import Runnable, RunnableLambda, RunnableParallel
from langchain_core.tools import tool
from langgraph.graph import END, START, MessagesState, StateGraph

from components.chains import graph
from components.chains.text_parser import TextParser
from components.streaming import Connection, Stop, Verdict
from components.streaming.events.tree import MOST_NODES
from components.streaming.trace import Asked, open_run_file
from tests.chat_bytes import chunk, stream
from tests.event_runs import Recorder, live, over_openai, scripted, shown, state_at
from tests.runs import openai
from tests.servers.openai_api import OpenAIServer
from tests.servers.openai_plan import ENDLESS
from tests.servers.raw import Answer, Request, answering


class Told(BaseCallbackHandler):
    """Each run's parent, as LangChain tells those who listen to it: what the tree must find by itself."""

    run_inline = True

    def __init__(self) -> None:
        self.parents: dict[str, str] = {}

    def on_chain_start(self, *_: Any, run_id: UUID, parent_run_id: UUID | None = None, **__: Any) -> None:
        self.parents[str(run_id)] = str(parent_run_id or "")

    on_chat_model_start = on_tool_start = on_chain_start


def nested(model: BaseChatModel) -> Runnable[Any, Any]:
    """Two branches beside each other, one of which says something of its own, then a model."""

    async def look_up(question: str) -> str:
        await adispatch_custom_event("found", {"documents": 2})
        return f"about {question}"

    both = RunnableParallel(
        question=RunnableLambda(str.upper).with_config(run_name="shout"),
        context=RunnableLambda(look_up).with_config(run_name="retrieve"),
    )
    return both | ChatPromptTemplate([("human", "{context}: {question}")]) | model | TextParser()


async def test_every_run_is_under_its_parent(openai_server: OpenAIServer) -> None:
    told = Told()
    open_source = over_openai(
        openai_server.base_url,
        "chunks=5",
        lambda model: nested(model).with_config(callbacks=[told]),
        "rivers",
    )
    page = await live(open_source)

    assert {run: node["parent"] for run, node in page.nodes.items()} == told.parents
    assert len(told.parents) == 7
    for node in page.nodes.values():
        assert node["under"] == node["parent"]
        assert node["state"] == "ended"
        assert node["start"] <= (node["first"] or node["end"]) <= node["end"]
    assert page.named("shout")["under"] == page.named("retrieve")["under"]
    assert next(iter(page.nodes.values()))["parent"] == ""


async def test_a_custom_event_belongs_to_its_run(openai_server: OpenAIServer) -> None:
    open_source = over_openai(openai_server.base_url, "chunks=5", nested, "rivers")
    page = await live(open_source)

    (row,) = [row for row in page.rows if row["event"] == "on_custom_event"]
    retrieve = page.named("retrieve")
    assert row["run"] == retrieve["id"]
    assert retrieve["customs"] == [{"n": row["n"], "at": row["at"], "name": "found"}]
    assert all(not node["customs"] for node in page.nodes.values() if node is not retrieve)

    page = await live(open_source, Recorder(asked=Asked(include_names=("found", "ChatOpenAI"))))
    assert page.states() == {"": "unknown", "ChatOpenAI": "ended"}
    (unknown,) = [node for node in page.nodes.values() if node["state"] == "unknown"]
    assert [custom["name"] for custom in unknown["customs"]] == ["found"]
    assert (unknown["start"], unknown["end"], unknown["under"]) == (None, None, "")


async def test_an_input_that_comes_with_the_end(openai_server: OpenAIServer) -> None:
    recorder = Recorder()
    page = await live(over_openai(openai_server.base_url, "chunks=3", nested, "rivers"), recorder)

    came_with: dict[str, str] = {}
    for event in recorder.events():
        if "input" in event["data"]:
            came_with.setdefault(event["name"], event["event"])
    assert came_with["ChatOpenAI"] == "on_chat_model_start"
    assert came_with["TextParser"] == "on_parser_end"
    assert all(page.named(name)["input"] is not None for name in came_with)
    assert page.named("RunnableSequence")["input"] == "rivers"
    assert page.named("TextParser")["output"] == page.text


@pytest.mark.parametrize("plan", ["drop_after=5", "error_after=5", "malformed_after=5"])
async def test_a_failure_closes_what_is_open(openai_server: OpenAIServer, plan: str) -> None:
    page = await live(openai(openai_server.base_url, plan))

    assert page.events[-1] == "lab_failed"
    assert page.rows[-1]["data"]["fault"]["kind"] == (page.report.fault and page.report.fault.kind)
    assert page.text != ""
    for node in page.nodes.values():
        # What had ended before stays ended.
        ended = f"on_{node['type']}_end" in [row["event"] for row in page.rows if row["run"] == node["id"]]
        assert node["state"] == ("ended" if ended else "failed")
        assert ended or node["end"] == page.rows[-1]["at"]
    assert page.states()["ChatOpenAI"] == "failed"


async def test_stop_closes_what_is_open(openai_server: OpenAIServer) -> None:
    stop = Stop()
    page = await live(
        openai(openai_server.base_url, ENDLESS),
        stop=stop,
        seen=lambda page: stop.set() if page.text else None,
    )

    assert page.report.verdict is Verdict.STOPPED
    assert page.events[-1] == "lab_stopped"
    assert page.rows[-1]["data"]["closed_after"] == page.report.closed_after is not None
    assert {page.states()[name] for name in ("RunnableSequence", "ChatOpenAI", "TextParser")} == {"stopped"}


async def test_a_reader_that_goes_away_stops_the_run(openai_server: OpenAIServer, tmp_path: Path) -> None:
    model = f"{ENDLESS},goes-away"
    path = tmp_path / "run.jsonl"
    frames = Recorder(path=path).frames(openai(openai_server.base_url, model))
    async for frame in frames:
        if frame.text:
            break
    await frames.aclose()

    page = shown([await state_at(open_run_file(path), math.inf)])
    assert page.events[-1] == "lab_stopped"
    assert page.report.verdict is Verdict.STOPPED
    assert page.states()["ChatOpenAI"] == "stopped"
    assert openai_server.wait_for(lambda entry: entry.closed is not None, model)


async def test_a_run_that_nobody_waits_for_never_ends() -> None:
    begun, never = asyncio.Event(), asyncio.Event()
    tasks = []

    async def wait(_: str) -> None:
        begun.set()
        await never.wait()

    async def begin(value: str) -> str:
        tasks.append(asyncio.create_task(RunnableLambda(wait).with_config(run_name="leaked").ainvoke(value)))
        await begun.wait()
        return value

    page = await live(lambda: Connection(RunnableLambda(begin), "x"))
    assert page.states() == {"begin": "ended", "leaked": "never_ended"}
    assert page.named("leaked")["end"] is None
    never.set()
    await asyncio.gather(*tasks)


async def test_a_retry_is_a_second_attempt(openai_server: OpenAIServer) -> None:
    page = await live(openai(openai_server.base_url, "500,fail_times=1,id=events-tree"))

    own = [row for row in page.rows if row["type"] == "lab"]
    assert [row["event"] for row in own] == ["lab_attempt", "lab_retry", "lab_attempt", "lab_end"]
    assert [row["data"].get("attempt") for row in own] == [1, 2, 2, None]
    assert [row["attempt"] for row in own] == [1, 1, 2, 2]
    states = {(node["attempt"], node["name"]): node["state"] for node in page.nodes.values()}
    assert states[1, "ChatOpenAI"] == "failed"
    assert states[2, "ChatOpenAI"] == "ended"
    assert (page.report.attempts, page.report.fault) == (2, None)
    (waited,) = {frame.retry.attempt for frame in page.frames if frame.retry}
    assert waited == 2
    for node in page.nodes.values():
        assert {row["attempt"] for row in page.rows if row["run"] == node["id"]} == {node["attempt"]}
    assert [row["n"] for row in page.rows] == list(range(1, len(page.rows) + 1))


async def test_a_tree_has_a_size() -> None:
    many = MOST_NODES + 200

    async def each(_: str) -> str:
        await RunnableLambda(lambda number: number).abatch(list(range(many)))
        return "done"

    recorder = Recorder()
    page = await live(lambda: Connection(RunnableLambda(each), "x"), recorder)
    # Of those that came and went between two frames the page was told nothing.
    assert len(page.nodes) >= MOST_NODES
    kept = [node.show() for node in recorder.log.tree.nodes.values()]
    assert len(kept) == MOST_NODES
    # The root was open all the time: it is among those that are kept.
    assert "each" in {node["name"] for node in kept}


async def test_the_scripted_provider_has_a_tree_too() -> None:
    page = await live(scripted(failure="drop", fail_after=3))
    assert page.states()["ScriptedModel"] == "failed"
    assert page.named("ScriptedModel")["count"] == len(page.named("ScriptedModel")["ticks"]) > 0


async def test_a_tool_that_fails_says_so_itself(openai_server: OpenAIServer) -> None:
    """LangChain has an error event for tools, and the run goes on where the error is caught."""

    @tool
    def lookup(word: str) -> str:
        """Look a word up."""
        raise ValueError(f"boom: {word}")

    async def careful(word: str) -> str:
        with suppress(ValueError):
            await lookup.ainvoke({"word": word})
        return f"about {word}"

    def build(model: BaseChatModel) -> Runnable[Any, Any]:
        return RunnableLambda(careful) | model | TextParser()

    page = await live(over_openai(openai_server.base_url, "chunks=3", build, "rivers"))
    assert page.report.verdict is not Verdict.FAILED
    node = page.named("lookup")
    assert (node["state"], node["end"] is not None) == ("failed", True)
    assert "boom: rivers" in node["output"]
    (row,) = [row for row in page.rows if row["event"] == "on_tool_error"]
    assert "boom: rivers" in row["preview"]
    assert page.states()["careful"] == "ended"
    assert page.states()["RunnableSequence"] == "ended"


async def test_two_graphs_side_by_side_keep_their_chunks(openai_server: OpenAIServer) -> None:
    """Their names are the same, and their chunks take turns: only the parents tell them apart."""

    def build(model: BaseChatModel) -> Runnable[Any, Any]:
        async def answer(state: MessagesState) -> dict[str, Any]:
            return {"messages": [await model.ainvoke(state["messages"])]}

        inner = StateGraph(MessagesState)
        inner.add_node("answer", answer)
        inner.add_edge(START, "answer")
        inner.add_edge("answer", END)
        agent = inner.compile(name="agent")
        outer = StateGraph(MessagesState)
        for name in ("left", "right"):
            outer.add_node(name, agent)
            outer.add_edge(START, name)
            outer.add_edge(name, END)
        compiled: Runnable[Any, Any] = outer.compile()
        return compiled

    asked = {"messages": [("user", "hello")]}
    page = await live(over_openai(openai_server.base_url, "chunks=20,rate=100", build, asked))
    models = [node for node in page.nodes.values() if node["type"] == "chat_model"]
    assert len(models) == 2
    assert {node["state"] for node in page.nodes.values()} == {"ended"}
    roots = []
    for model in models:
        chunks = [row for row in page.rows if row["run"] == model["id"] and "stream" in row["event"]]
        assert model["ticks"] == [row["at"] for row in chunks]
        assert len(chunks) >= 20
        assert model["first"] in model["ticks"]
        above = model
        while above["name"] not in {"left", "right"}:
            above = page.nodes[above["under"]]
        roots.append(above["name"])
    assert sorted(roots) == ["left", "right"]


async def test_the_second_of_two_models_is_sent_nothing() -> None:
    """What is open fails at that moment, by the fault that says so; the first one's text stays."""
    replies = iter([stream(chunk("Outline."), chunk(finish="stop"))])

    def answer(_: Request) -> Answer:
        return Answer((next(replies, b"data: [DONE]\n\n"),))

    def outlined(model: BaseChatModel) -> Runnable[Any, Any]:
        return graph.build(Connection(model))

    async with answering(answer) as server:
        page = await live(over_openai(server.base_url, "m", outlined, {"prompt": "rivers"}))
    assert page.report.verdict is Verdict.FAILED
    assert page.report.fault is not None
    assert page.report.fault.kind == "nothing_sent"
    failed = [node["type"] for node in page.nodes.values() if node["state"] == "failed"]
    assert "chat_model" in failed
    assert "open" not in page.states().values()
    assert any("Outline." in row["preview"] for row in page.rows)
