"""What is asked of `astream_events` is what comes, and the Python beside it asks for just the same."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from components.chains import chat
from components.streaming import Connection, Verdict
from components.streaming.trace import Asked
from components.tabs.events_tab import FILTERS, python_for
from tests.event_runs import Recorder, live, saying, scripted
from tests.runs import openai
from tests.servers.openai_api import OpenAIServer

ASKED = {
    "everything": Asked(),
    "the model": Asked(include_types=("chat_model",)),
    "names or types": Asked(include_names=("ChatPromptTemplate",), include_types=("parser",)),
    "tags": Asked(include_tags=("seq:step:2",)),
    "all but": Asked(exclude_names=("RunnableSequence",), exclude_types=("prompt",)),
    "both": Asked(include_types=("chain", "chat_model"), exclude_tags=("seq:step:2",)),
    "nothing there is": Asked(include_names=('it\'s "quoted"',)),
}


def comparable(event: Any) -> tuple[Any, ...]:
    """Of an event, what two runs of a chain have in common."""
    return event["event"], event["name"], event["tags"], len(event["parent_ids"]), sorted(event["data"])


@pytest.mark.parametrize("asked", ASKED.values(), ids=ASKED.keys())
async def test_the_python_beside_it_gets_the_same_events(asked: Asked) -> None:
    recorder = Recorder(asked=asked)
    await live(lambda: source(), recorder)
    ours = [comparable(event) for event in recorder.events()]

    boxes = [", ".join(names) for name in FILTERS for names in [dict[str, Any](asked).get(name, ())]]
    assert await run_python(python_for("v2", *boxes)) == ours
    if asked != ASKED["nothing there is"]:
        assert ours


def source() -> Connection:
    from langchain_core.messages import HumanMessage

    return Connection(chat.build(Connection(saying("one two three"))), {"messages": [HumanMessage("Hi")]})


async def run_python(code: str) -> list[tuple[Any, ...]]:
    """What the loop prints an event of, when it stands in a coroutine like anyone's."""
    lines = "".join(f"    {line}\n" for line in code.splitlines())
    printed: list[Any] = []

    def show(name: str, *_: object) -> None:
        printed.append(name)

    names: dict[str, Any] = {"chain": source().model, "value": source().value, "print": show, "seen": []}
    watched = lines.rstrip() + "\n        seen.append(event)\n"
    exec(f"async def main():\n{watched}", names)
    await asyncio.wait_for(names["main"](), 60)
    assert printed == [event["event"] for event in names["seen"]]
    return [comparable(event) for event in names["seen"]]


async def test_without_the_chain_the_verdict_is_the_models(openai_server: OpenAIServer) -> None:
    recorder = Recorder(asked=Asked(include_types=("prompt",)))
    page = await live(openai(openai_server.base_url, "chunks=30,rate=100"), recorder)

    assert page.text == ""
    assert page.report.fault is None
    assert page.report.verdict is Verdict.STREAMED
    assert page.report.outcome.output_tokens == 30
    assert page.report.chunks >= 30
    assert page.report.characters > 0
    assert page.report.first_token is not None
    assert page.events == ["lab_attempt", "on_prompt_start", "on_prompt_end", "lab_end"]


async def test_an_empty_reply_is_one_whatever_is_asked_for(openai_server: OpenAIServer) -> None:
    for asked in (Asked(), Asked(include_types=("prompt",))):
        page = await live(openai(openai_server.base_url, "chunks=0"), Recorder(asked=asked))
        assert page.report.fault is not None
        assert page.report.fault.kind == "empty"


async def test_no_second_request_after_words_that_were_not_asked_for(openai_server: OpenAIServer) -> None:
    model = "drop_after=5,not-asked-for"
    page = await live(openai(openai_server.base_url, model), Recorder(asked=Asked(include_types=("prompt",))))

    assert page.report.fault is not None
    assert page.report.fault.kind == "dropped"
    assert len(openai_server.requests(model)) == 1


async def test_the_chains_text_shows_if_the_chain_is_asked_for() -> None:
    page = await live(scripted(), Recorder(asked=Asked(include_types=("chain",))))
    whole = await live(scripted())

    assert page.text == whole.text != ""
    assert (page.report.characters, page.report.chunks) == (whole.report.characters, whole.report.chunks)


async def test_filters_leave_a_tree_without_parents() -> None:
    page = await live(scripted(), Recorder(asked=Asked(include_types=("chat_model", "parser"))))

    assert {node["name"]: node["under"] for node in page.nodes.values()} == {
        "ScriptedModel": "",
        "TextParser": "",
    }
    model = page.named("ScriptedModel")
    assert model["parent"] != ""
    assert model["state"] == "ended"
    # LangChain puts the chain's input into the first event, whichever run that is of: it isn't the model's.
    assert model["input"] is None
    assert page.named("TextParser")["input"] is not None
