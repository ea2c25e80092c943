"""The chain behind the JSON tab, over a real socket: what is sent for a schema."""

from __future__ import annotations

import json
from typing import Any

import pytest

from components.chains.json import build
from components.providers import Choice, Provider, registry
from components.settings import Settings
from components.tabs.json_view import common, units
from tests.servers.openai_api import OpenAIServer

KEY = "sk-good-OWNERS-KEY-0123456789"
SCHEMA: dict[str, Any] = {"type": "object", "required": ["countries"]}


@pytest.fixture(scope="module")
def provider(openai_server: OpenAIServer) -> Provider:
    return registry(Settings.load(None, {"OPENAI_BASE_URL": openai_server.base_url, "OPENAI_API_KEY": KEY}))[
        "openai"
    ]


def sent(server: OpenAIServer, provider: Provider, name: str, schema: Any, *, constrain: bool) -> Any:
    model = f"chunks=10,text=json,id={name}"
    connection = provider.open(Choice("openai", model))
    try:
        chain = build(connection, schema, constrain=constrain)
        text = "".join(chain.stream({"prompt": "countries {as they} are"}))
    finally:
        connection.close()
    assert json.loads(text)["countries"]
    (entry,) = server.requests(model)
    return entry.body


def test_a_schema_as_a_constraint(openai_server: OpenAIServer, provider: Provider) -> None:
    body = sent(openai_server, provider, "constrained", SCHEMA, constrain=True)
    assert body["response_format"]["type"] == "json_schema"
    assert body["response_format"]["json_schema"]["schema"] == SCHEMA
    assert [message["content"] for message in body["messages"]] == ["countries {as they} are"]


def test_a_schema_in_words(openai_server: OpenAIServer, provider: Provider) -> None:
    body = sent(openai_server, provider, "in-words", SCHEMA, constrain=False)
    assert "response_format" not in body
    first, asked = (message["content"] for message in body["messages"])
    assert json.dumps(SCHEMA) in first
    assert asked == "countries {as they} are"


def test_no_schema(openai_server: OpenAIServer, provider: Provider) -> None:
    body = sent(openai_server, provider, "no-schema", None, constrain=True)
    assert "response_format" not in body
    assert len(body["messages"]) == 1


def test_scripted_is_asked_in_words() -> None:
    connection = registry(Settings())["scripted"].open(Choice("scripted", values={"rate": "0", "delay": "0"}))
    assert "".join(build(connection, SCHEMA, constrain=True).stream({"prompt": "hello"}))


@pytest.mark.parametrize(
    ("one", "other"), [("", ""), ("", "a"), ("ab", "ab"), ("abc", "abd"), ("😀a", "😀b")]
)
def test_common(one: str, other: str) -> None:
    kept = common(one, other)
    assert one[:kept] == other[:kept]
    assert one[kept : kept + 1] != other[kept : kept + 1] or kept == min(len(one), len(other))
    assert units("😀a") == 3
