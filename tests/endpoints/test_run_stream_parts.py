"""What a model thinks and which tools it calls: events of their own over HTTP, never text."""

from __future__ import annotations

import json
from itertools import groupby
from typing import Any

import pytest
from gradio_client import Client

from tests.app_process import App, running
from tests.chat_deltas import call, said, thoughts
from tests.http_stream import EVENTS, ask, events
from tests.runs import owners
from tests.servers.openai_api import OpenAIServer

THOUGHTS = thoughts("<b>Let", " me\n\nsee.", " data: x")
CALLS = [*call("weather", '{"city":', ' "Paris"}'), *call("clock", '{"zone":', ' "UTC"}', index=1)]
ASKED = said([*THOUGHTS, "It", " is ", *CALLS, "sunny."])


@pytest.fixture(autouse=True)
def reciting(openai_server: OpenAIServer) -> None:
    openai_server.set("recite,rate=40")


def joined(app: App, message: str) -> list[tuple[str, Any]]:
    """The events, those of one kind and call in a row put together."""
    got = list(events(ask(app.url, message, EVENTS)))
    together = groupby(got, key=lambda event: (event[0], event[1].get("call"), event[1].get("name")))
    return [
        (name, "".join(data.get("text", data.get("arguments", "")) for _, data in some))
        for (name, *_), some in together
    ]


def test_each_part_is_an_event_of_its_own(app: App) -> None:
    assert joined(app, ASKED)[:-1] == [
        ("reasoning", "<b>Let me\n\nsee. data: x"),
        ("token", "It is "),
        ("tool_call", '{"city": "Paris"}'),
        ("tool_call", '{"zone": "UTC"}'),
        ("token", "sunny."),
    ]
    named = [data for name, data in events(ask(app.url, ASKED, EVENTS)) if name == "tool_call"]
    assert {(data["call"], data["name"]) for data in named} == {(0, "weather"), (1, "clock")}


def test_text_is_the_text_alone(app: App) -> None:
    assert ask(app.url, ASKED).read().decode() == "It is sunny."
    assert Client(app.url, verbose=False).predict(ASKED, api_name="/chat") == "It is sunny."


def test_thoughts_alone_are_a_fault(app: App) -> None:
    (thought, (name, _)) = joined(app, said(THOUGHTS))
    assert (thought, name) == (("reasoning", "<b>Let me\n\nsee. data: x"), "fault")
    response = ask(app.url, said(THOUGHTS))
    assert (response.status, json.loads(response.read())["kind"]) == (502, "thought_only")


def test_of_another_provider(openai_server: OpenAIServer) -> None:
    """The page asks the others: tests/browser/test_provider.py."""
    model = "think=3,chunks=4,rate=50,id=http-anthropic"
    with running(**owners("anthropic", openai_server.address, model)) as app:
        first, second, (name, done) = joined(app, "Hi")
        assert (first, second) == (("reasoning", "Lorem ipsum dolor"), ("token", "Lorem ipsum dolor sit"))
        assert (name, done) == ("done", "")
        response = ask(app.url, "Hi", EVENTS)
        next(events(response))
        response.close()
        openai_server.wait_for(lambda entry: entry.closed is not None, model)
