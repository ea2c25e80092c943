"""`/json` as a program calls it: an object that grows, its verdict, and schemas that are none."""

from __future__ import annotations

import json
from typing import Any

import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError

from tests.app_process import App
from tests.endpoints.growing import HELD, check_grows, releasing
from tests.json_cases import TOLD, Told
from tests.servers.openai_api import OpenAIServer

SCHEMA: dict[str, Any] = {"type": "object", "required": ["countries"]}
NAMED = {**SCHEMA, "properties": {"countries": {"type": "array", "items": {"required": ["capital"]}}}}


@pytest.fixture(scope="module")
def reader(app: App) -> Client:
    return Client(app.url, verbose=False, download_files=False)  # it takes any "path" for a file


@pytest.fixture
def client(reader: Client, openai_server: OpenAIServer) -> Client:
    openai_server.set("chunks=60,text=json")
    return reader


def test_the_endpoint_grows(client: Client, openai_server: OpenAIServer) -> None:
    openai_server.set(f"chunks=60,text=json,{HELD},id=json-grows")
    submitted = client.submit("countries", json.dumps(SCHEMA), api_name="/json")
    results = list(releasing(submitted, openai_server, "json-grows"))
    texts = [result["text"] for result in results]
    check_grows(texts)
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


@pytest.mark.parametrize("told", TOLD, ids=range(len(TOLD)))
def test_what_is_told(reader: Client, openai_server: OpenAIServer, told: Told) -> None:
    openai_server.set("recite")
    for pieces in ([told.reply], list(told.reply)):
        result = reader.predict(json.dumps(pieces), "", api_name="/json")
        assert result["value"] == told.value
        first, *more = result["verdict"]["said"]
        assert first.startswith(told.verdict)
        for sentence in told.said:
            assert sentence in " ".join(more)


def test_what_the_schema_cannot_be_applied_to_has_a_verdict(
    reader: Client, openai_server: OpenAIServer
) -> None:
    openai_server.set("recite")
    result = reader.predict(json.dumps(["9" * 400]), '{"$ref": "#/title", "title": "x"}', api_name="/json")
    assert result["value"] == "9" * 400
    assert result["verdict"]["said"][0].startswith("Valid JSON, but the schema could not be applied:")


def test_a_blank_prompt_is_refused(client: Client) -> None:
    with pytest.raises(AppError, match="The message is empty"):
        client.predict(" ", "", api_name="/json")
