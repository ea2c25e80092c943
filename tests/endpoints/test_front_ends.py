"""`/run_stream` as front ends' own clients read it: AG-UI's, and the AI SDK's."""

from __future__ import annotations

import json
from itertools import groupby
from typing import Any

import pytest

from tests.app_process import App
from tests.chat_deltas import call, said, thoughts
from tests.docs import blocks
from tests.http_stream import send
from tests.npm import HERE, run
from tests.raw_http import request
from tests.servers.openai_api import OpenAIServer
from tests.servers.openai_connection import Entry
from tests.servers.openai_plan import AS_SET, AS_TOLD, ENDLESS, pieces

PARTS = said(
    [*thoughts("Let", " me see."), "It", " is ", *call("weather", '{"city":', ' "Paris"}'), "sunny\u2028."]
)
CUT_CALL = said(["So ", *call("weather", '{"city": "Par')])
BEFORE = [["user", "Hello"], ["assistant", "Hi."]]


@pytest.fixture(scope="module")
def read(app: App, openai_server: OpenAIServer) -> list[Any]:
    """What the clients make of three replies, one after the other."""
    answers = []
    for plan, messages in (
        ("recite,rate=40", (PARTS, CUT_CALL)),
        (AS_TOLD, ("chunks=9,error_after=5", "401")),
    ):
        openai_server.set(plan)
        asked = [{"said": BEFORE, "message": message} for message in messages]
        answers += json.loads(run((HERE / "read.mjs").read_text("utf-8"), app.url, json.dumps(asked)))
    return answers


def kinds(told: list[dict[str, Any]]) -> list[str]:
    return [kind for kind, _ in groupby(one["type"] for one in told)]


def test_ag_ui(read: list[Any]) -> None:
    got = read[0]["agUi"]
    assert kinds(got["events"]) == [
        "RUN_STARTED",
        *("REASONING_START", "REASONING_MESSAGE_START", "REASONING_MESSAGE_CONTENT"),
        *("REASONING_MESSAGE_END", "REASONING_END"),
        *("TEXT_MESSAGE_START", "TEXT_MESSAGE_CONTENT", "TEXT_MESSAGE_END"),
        *("TOOL_CALL_START", "TOOL_CALL_ARGS", "TOOL_CALL_END"),
        *("TEXT_MESSAGE_START", "TEXT_MESSAGE_CONTENT", "TEXT_MESSAGE_END", "RUN_FINISHED"),
    ]
    first, last = got["events"][0], got["events"][-1]
    for one in (first, last):
        assert (one["threadId"], one["runId"]) == ("a thread", "a run")
    assert (got["result"]["verdict"], got["result"]["finish_reason"]) == (
        "thought_then_streamed",
        "tool_calls",
    )
    contents = [(one["role"], one.get("content")) for one in got["messages"]]
    assert contents[0] == ("reasoning", "Let me see.")
    assert [one for one in contents[1:] if one[1] is not None] == [
        ("assistant", "It is "),
        ("assistant", "sunny\u2028."),
    ]
    (calls,) = [one["toolCalls"] for one in got["messages"] if "toolCalls" in one]
    assert [one["function"] for one in calls] == [{"name": "weather", "arguments": '{"city": "Paris"}'}]


def test_ai_sdk(read: list[Any]) -> None:
    got = read[0]["aiSdk"]
    assert "error" not in got
    parts = [
        {name: part[name] for name in ("type", "text", "state", "toolName", "input") if name in part}
        for part in got["message"]["parts"]
    ]
    assert parts == [
        {"type": "step-start"},
        {"type": "reasoning", "text": "Let me see.", "state": "done"},
        {"type": "text", "text": "It is ", "state": "done"},
        {
            "type": "dynamic-tool",
            "toolName": "weather",
            "state": "input-available",
            "input": {"city": "Paris"},
        },
        {"type": "text", "text": "sunny\u2028.", "state": "done"},
    ]
    assert got["message"]["metadata"]["verdict"] == "thought_then_streamed"
    assert got["chunks"][-1]["finishReason"] == "tool-calls"


def test_arguments_that_are_no_json(read: list[Any]) -> None:
    got = read[1]
    (called,) = [part for part in got["aiSdk"]["message"]["parts"] if part["type"] == "dynamic-tool"]
    assert (called["state"], called["input"]) == ("output-error", '{"city": "Par')
    (calls,) = [one["toolCalls"] for one in got["agUi"]["messages"] if "toolCalls" in one]
    assert calls[0]["function"]["arguments"] == '{"city": "Par'


def test_a_failure_midway(read: list[Any]) -> None:
    """What has come stays, and the sentence is the error."""
    for got in (read[2]["agUi"], read[2]["aiSdk"]):
        assert "Try again" in got["error"]
    assert kinds(read[2]["agUi"]["events"])[-1] == "RUN_ERROR"
    text = "".join(pieces("lorem", 5))
    assert text == "".join(one.get("delta", "") for one in read[2]["agUi"]["events"])
    assert text == "".join(one.get("delta", "") for one in read[2]["aiSdk"]["chunks"])


def test_a_failure_before_the_reply_has_its_status(read: list[Any]) -> None:
    for got in (read[3]["agUi"], read[3]["aiSdk"]):
        assert '"kind":"unauthorized"' in got["error"]


def test_the_conversation_is_sent_on(read: list[Any], openai_server: OpenAIServer) -> None:
    sent = [
        entry.body["messages"] for entry in openai_server.requests(AS_SET) if len(entry.body["messages"]) == 3
    ]
    assert [(one["role"], one["content"]) for one in sent[-1][:2]] == [tuple(turn) for turn in BEFORE]


@pytest.mark.parametrize(
    ("path", "accepted", "begins"),
    [
        ("", ["text/event-stream; format=ag-ui"], 'data: {"type":"RUN_STARTED"'),
        ("", ['text/html, text/event-stream;format="AG-UI"'], 'data: {"type":"RUN_STARTED"'),
        ("", ["text/event-stream;format="], "event: token"),
        ("", ["application/json", "text/event-stream"], "event: token"),
        ("?format=AG-UI", [], 'data: {"type":"RUN_STARTED"'),
        ("?format=", ["text/event-stream"], "event: token"),
        ("?format=text", ["text/event-stream"], "Lorem"),
    ],
)
def test_how_a_format_is_chosen(
    app: App, openai_server: OpenAIServer, path: str, accepted: list[str], begins: str
) -> None:
    openai_server.set("chunks=2")
    headers = ("Host: localhost", "Content-Length: 0", *(f"Accept: {one}" for one in accepted))
    target = f"/run_stream{path}{'&' if path else '?'}message=Hi"
    _, _, chunks = request(app.url, f"POST {target}", *headers).body.partition("\r\n")
    assert chunks.startswith(begins)


@pytest.mark.parametrize(
    ("body", "path", "kind"),
    [
        ({"message": "Hi"}, "?format=soap", "no_format"),
        ({"messages": []}, "?format=ai-sdk", "no_message"),
        ({"messages": [{"role": "assistant", "content": "Hi"}, 7, None]}, "?format=ag-ui", "no_message"),
        ({"messages": "Hi"}, "", "no_message"),
        ([1], "", "no_message"),
        ({"messages": [{"role": "user", "content": [{"type": "image"}]}]}, "", "empty_message"),
        (
            {"messages": [{"role": "user", "content": [{"type": ["text"], "text": "Hi"}]}]},
            "",
            "empty_message",
        ),
    ],
)
def test_what_is_no_question(app: App, body: Any, path: str, kind: str) -> None:
    response = send(app.url, json.dumps(body).encode(), path=f"/run_stream{path}")
    assert (response.status, json.loads(response.read())["kind"]) == (400, kind)


@pytest.mark.parametrize("kind", ["text", "input_text"])
def test_the_text_of_a_message_in_parts(app: App, openai_server: OpenAIServer, kind: str) -> None:
    openai_server.set("chunks=2")
    parts = [{"type": kind, "text": "Hi, "}, {"type": "image"}, {"type": kind, "text": "you"}]
    response = send(app.url, json.dumps({"messages": [{"role": "user", "content": parts}]}).encode())
    assert (response.status, len(response.read()) > 0) == (200, True)
    assert openai_server.requests(AS_SET)[-1].body["messages"][-1]["content"] == "Hi, you"


def test_a_client_that_leaves_stops_the_model(app: App, openai_server: OpenAIServer) -> None:
    openai_server.set(ENDLESS)
    response = send(app.url, b'{"message": "I leave"}', path="/run_stream?format=ai-sdk")
    response.read1(500)
    response.close()

    def left(entry: Entry) -> bool:
        return entry.closed is not None and entry.body["messages"][-1]["content"] == "I leave"

    assert openai_server.wait_for(left, AS_SET).finished is None


@pytest.mark.parametrize("library", ["@ag-ui/client", "ai"])
def test_the_documents_code(app: App, openai_server: OpenAIServer, library: str) -> None:
    openai_server.set("chunks=4")
    (code,) = (code for code in blocks("js") if f'from "{library}"' in code)
    assert "".join(pieces("lorem", 4)) in run(code.replace("http://127.0.0.1:7860", app.url))
