"""Half an emoji in what is asked: JSON and a command line can carry it, a request to a model can't. And a
null in its place.
"""

from __future__ import annotations

import json
from typing import Any
from urllib.request import urlopen

import pytest

from tests.app_process import App
from tests.http_stream import ask, events, send
from tests.servers.openai_api import OpenAIServer
from tests.servers.openai_plan import AS_SET

HALF, WHOLE = "\ud83d", "\ufffd"


def call(app: App, name: str, *data: Any) -> tuple[str, Any]:
    """The last event of an endpoint: its name and data. Gradio's own client can't send half an emoji."""
    body = json.dumps({"data": data, "session_hash": "halves"}).encode()
    path = f"/gradio_api/call/{name}"
    number = json.load(send(app.url, body, path=path))["event_id"]
    with urlopen(f"{app.url}{path}/{number}", timeout=60) as response:
        return list(events(response))[-1]


def test_run_stream(app: App, openai_server: OpenAIServer) -> None:
    openai_server.set("echo")
    (sent,) = json.loads(ask(app.url, f"Hi {HALF}").read())
    assert sent["content"] == f"Hi {WHOLE}"


def test_chat_and_the_message_after_it(app: App, openai_server: OpenAIServer) -> None:
    openai_server.set("echo")
    for number in range(2):
        name, (text, _) = call(app, "chat", f"{number}{HALF}")
        assert name == "complete"
    assert [sent["content"] for sent in json.loads(text)][::2] == [f"0{WHOLE}", f"1{WHOLE}"]


@pytest.mark.parametrize("written", [HALF, "\\ud83d"])
def test_a_schema(app: App, openai_server: OpenAIServer, written: str) -> None:
    openai_server.set("chunks=20,text=json,id=halves")
    schema = '{"description": "~", "properties": {"~": {"const": "~"}}}'.replace("~", written)
    name, (told, *_) = call(app, "json", f"countries {HALF}", schema)
    assert (name, told["verdict"]["kind"]) == ("complete", "valid")
    entry = openai_server.requests(AS_SET)[-1]
    assert entry.body["messages"][-1]["content"] == f"countries {WHOLE}"
    sent = {"description": WHOLE, "properties": {WHOLE: {"const": WHOLE}}}
    assert entry.body["response_format"]["json_schema"]["schema"] == sent


def test_a_schema_that_is_none(app: App) -> None:
    name, told = call(app, "json", "countries", '{"type": "\\ud83d"}')
    assert name == "error"
    assert f"'{WHOLE}' is not valid" in told["error"]


def test_the_name_of_a_conversation(app: App, openai_server: OpenAIServer) -> None:
    openai_server.set("chunks=2")
    said = {"threadId": HALF, "messages": [{"role": "user", "content": "Hi"}]}
    body = send(app.url, json.dumps(said).encode(), path="/run_stream?format=ag-ui").read().decode()
    assert f'"threadId":"{WHOLE}"' in body
    assert '"type":"RUN_FINISHED"' in body


@pytest.mark.parametrize(
    ("name", "data", "told"),
    [
        ("chat", [None], "The message is empty."),
        ("events", [None, "chat"], "The message is empty."),
        ("json", [None, ""], "The message is empty."),
        ("lesson", [None], "There is no lesson"),
    ],
)
def test_a_null_is_no_text(app: App, name: str, data: list[Any], told: str) -> None:
    kind, answer = call(app, name, *data)
    assert kind == "error"
    assert answer["error"].startswith(told)


def test_a_null_is_no_schema(app: App, openai_server: OpenAIServer) -> None:
    openai_server.set("chunks=20,text=json")
    name, (told, *_) = call(app, "json", "countries", None)
    assert (name, told["verdict"]["kind"]) == ("complete", "valid")
