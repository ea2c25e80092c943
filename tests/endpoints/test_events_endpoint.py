"""`/events` for programs: each yield has new rows and nothing else; and what a visitor's tab keeps."""

from __future__ import annotations

from copy import deepcopy
from itertools import pairwise
from typing import Any

import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError

from components.locale import DEFAULT, Words
from components.streaming import Stop, Trace
from components.streaming.trace import About, Asked
from components.tabs.events_tab import asked_for, python_for
from components.tabs.events_view import EventsView
from components.tabs.session import Kept
from tests.app_process import App
from tests.endpoints.growing import HELD, releasing
from tests.servers.openai_api import OpenAIServer


@pytest.fixture
def client(app: App, openai_server: OpenAIServer) -> Client:
    openai_server.set("chunks=60,rate=100")
    return Client(app.url, verbose=False)


def yields(client: Client, chain: str, server: OpenAIServer) -> list[list[dict[str, Any]]]:
    submitted = client.submit("How do filters work?", chain, api_name="/events")
    return list(releasing(submitted, server, "events-grow"))


def test_each_yield_has_new_rows_only(client: Client, openai_server: OpenAIServer) -> None:
    openai_server.set(f"chunks=60,{HELD},id=events-grow")
    came = yields(client, "retrieval", openai_server)
    assert len(came) > 3
    assert came[-1] == []
    rows = [row for rows in came for row in rows]
    assert [row["n"] for row in rows] == list(range(1, len(rows) + 1))
    assert all(one["at"] <= other["at"] for one, other in pairwise(rows))
    assert rows[0]["event"] == "lab_attempt"
    assert (rows[-1]["event"], rows[-1]["data"]["verdict"]) == ("lab_end", "streamed")
    assert sum(row["event"] == "on_chat_model_stream" for row in rows) >= 60
    (found,) = [row for row in rows if row["event"] == "on_retriever_end"]
    assert (found["name"], found["type"]) == ("passages", "retriever")
    assert "retrieval" in found["tags"]
    starts = {row["run"] for row in rows if row["event"].endswith("_start")}
    assert all(row["parent"] in starts for row in rows if row["parent"])


def test_no_such_chain(client: Client) -> None:
    with pytest.raises(
        AppError, match="one of these: chat, json, retrieval, tools, graph, branches, approval, agent"
    ):
        client.predict("hello", "no-such", api_name="/events")


def test_a_blank_prompt_is_refused(client: Client) -> None:
    with pytest.raises(AppError, match="The message is empty"):
        client.predict(" ", "chat", api_name="/events")


def test_a_failure_is_in_the_rows(client: Client, openai_server: OpenAIServer) -> None:
    openai_server.set("chunks=30,drop_after=10")
    rows = [row for rows in yields(client, "chat", openai_server) for row in rows]
    assert rows[-1]["event"] == "lab_failed"
    assert rows[-1]["data"]["fault"]["kind"] == "dropped"


def test_the_boxes_ask_for_names() -> None:
    assert asked_for("", " chat_model , tool", "", "a,,b ", "", "") == Asked(
        include_types=["chat_model", "tool"], exclude_names=["a", "b"]
    )
    assert "include_tags=['say \"hi\"']," in python_for("v2", "", "", 'say "hi"', "", "", "")
    assert "include" not in python_for("v2", "", "", "", "", "", "")


def test_of_files_only_those_that_may_be_shown_are_kept() -> None:
    kept = deepcopy(Kept())
    trace = kept.record(About(), "json")
    assert trace.path is not None
    trace.path.touch()
    one = kept.new_path("chat")
    one.touch()
    kept.shown = EventsView(Words(DEFAULT), 1, Trace(path=one))
    old = kept.new_path("opened")
    old.touch()
    kept.new_path("opened")
    assert (one.exists(), trace.path.exists(), old.exists()) == (True, True, False)
    kept.close()
    assert not one.parent.exists()


def test_a_view_ends_the_one_before() -> None:
    kept, one, other = Kept(), Stop(), Stop()
    assert kept.begin(one) < kept.begin(other)
    assert (one.is_set(), other.is_set()) == (True, False)
    kept.halt()
    assert other.is_set()
