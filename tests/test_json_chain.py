"""The chain behind the JSON tab, over a real socket: what is sent for a schema; and `/json` for programs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError

from components.chains.json import build
from components.providers import Choice, Provider, registry
from components.runs import json_check
from components.settings import Settings
from components.streaming.json import GrowingJson, Schema, judge
from components.tabs.json_view import common, units
from tests.app_process import App, running
from tests.servers.openai_api import OpenAIServer

KEY = "sk-good-OWNERS-KEY-0123456789"
SCHEMA: dict[str, Any] = {"type": "object", "required": ["countries"]}
NAMED = {**SCHEMA, "properties": {"countries": {"type": "array", "items": {"required": ["capital"]}}}}


@pytest.fixture(scope="module")
def provider(openai_server: OpenAIServer) -> Provider:
    return registry(Settings(openai_base_url=openai_server.base_url, openai_api_key=KEY))["openai"]


def sent(server: OpenAIServer, provider: Provider, name: str, schema: Any, *, constrain: bool) -> Any:
    model = f"chunks=10,text=json,id={name}"
    connection = provider.open(Choice("openai", model))
    try:
        chain = build(connection.model, schema, constrain=constrain)
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
    assert "".join(build(connection.model, SCHEMA, constrain=True).stream({"prompt": "hello"}))


def read(text: str) -> GrowingJson:
    reader = GrowingJson()
    reader.feed(text)
    return reader


async def test_the_other_process_says_the_same() -> None:
    schema = Schema({**SCHEMA, "properties": {"countries": {"type": "integer"}}})
    for text in ('{"countries": 1}', '{"countries": "one", "more": 12345678901234567890}', "[", "no"):
        assert await json_check.settle(read(text), "model", schema) == judge(
            read(text), by="model", schema=schema
        )


async def test_a_slow_schema_ends_with_its_process() -> None:
    # Its process is up by then or not; the pattern takes longer than anyone waits.
    schema = Schema({"pattern": "^(a+)+$"})
    verdict = await json_check.settle(read(json.dumps("a" * 60 + "!")), "model", schema, seconds=3)
    assert (verdict.kind, verdict.params["why"]) == ("unchecked", "slow")


async def test_what_cannot_be_applied() -> None:
    verdict = await json_check.settle(read("1"), "model", Schema({"$ref": "https://nowhere.invalid/x"}))
    assert (verdict.kind, verdict.params["why"]) == ("unchecked", "reference")


@pytest.mark.parametrize(
    ("one", "other"), [("", ""), ("", "a"), ("ab", "ab"), ("abc", "abd"), ("😀a", "😀b")]
)
def test_common(one: str, other: str) -> None:
    kept = common(one, other)
    assert one[:kept] == other[:kept]
    assert one[kept : kept + 1] != other[kept : kept + 1] or kept == min(len(one), len(other))
    assert units("😀a") == 3


@pytest.fixture(scope="module")
def app(openai_server: OpenAIServer) -> Iterator[App]:
    with running(
        PROVIDER="openai",
        MODEL="chunks=60,rate=100,text=json",
        OPENAI_BASE_URL=openai_server.base_url,
        OPENAI_API_KEY=KEY,
    ) as app:
        yield app


@pytest.fixture
def client(app: App) -> Client:
    return Client(app.url, verbose=False)


def test_the_endpoint_grows(client: Client) -> None:
    results = list(client.submit("countries", json.dumps(SCHEMA), api_name="/json"))
    texts = [result["text"] for result in results]
    assert len(set(texts)) > 3
    assert all(longer.startswith(text) for text, longer in pairwise(texts))
    assert all(result["verdict"] is None for result in results[:-2])
    assert results[-1]["verdict"]["kind"] == "valid"
    assert results[-1]["value"] == json.loads(texts[-1])


def test_the_endpoint_names_the_rule(client: Client) -> None:
    verdict = client.predict("countries", json.dumps(NAMED), api_name="/json")["verdict"]
    assert (verdict["kind"], verdict["rule"]) == ("breaks_schema", "required")
    assert verdict["pointer"].startswith("/countries/")


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        ("{", "can't be used"),
        ("[]", "must be a JSON object"),
        ('{"type": "x"}', "at /type"),
        ("{" * 30_000, "longer"),
    ],
)
def test_a_bad_schema_is_one_sentence(client: Client, schema: str, said: str) -> None:
    with pytest.raises(AppError, match=said):
        client.predict("countries", schema, api_name="/json")


def test_a_blank_prompt_is_refused(client: Client) -> None:
    with pytest.raises(AppError, match="nothing in this message but white space"):
        client.predict(" ", "", api_name="/json")
