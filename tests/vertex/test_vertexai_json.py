"""What Gemini is sent for a JSON Schema."""

from __future__ import annotations

import copy

import pytest

from components.chains.json import build
from components.chains.schemas import COUNTRIES
from components.streaming import Connection
from tests.runs import collect
from tests.servers.vertex import Vertex
from tests.servers.vertex_plan import parse as plan_of
from tests.servers.vertex_plan import text, word


def test_a_schema_as_a_constraint(vertex: Vertex) -> None:
    connection = vertex.open()
    schema = copy.deepcopy(COUNTRIES)
    try:
        chain = build(connection, schema, constrain=True)
        assert "".join(chain.stream({"prompt": "countries"})) == text(plan_of("gemini-x"))
    finally:
        connection.close()
    assert schema == COUNTRIES  # the SDK writes into what it is given
    body = vertex.server.wait_for("request")["body"]
    config = body["generation_config"]
    assert config["response_mime_type"] == "application/json"
    assert config["response_json_schema"] == schema
    assert len(body["contents"]) == 1
    assert "system" not in " ".join(name for name, value in body.items() if value)


def test_a_schema_in_words(vertex: Vertex) -> None:
    connection = vertex.open()
    try:
        list(build(connection, COUNTRIES, constrain=False).stream({"prompt": "countries"}))
    finally:
        connection.close()
    body = vertex.server.wait_for("request")["body"]
    assert "minItems" in str(body["system_instruction"])
    assert not body["generation_config"].get("response_json_schema")


@pytest.mark.parametrize("method", ["stream", "invoke"])
async def test_a_schema_that_is_refused(vertex: Vertex, method: str) -> None:
    def asking() -> Connection:
        connection = vertex.open("refuse=response_json_schema,chunks=1")
        return connection.with_chain(build(connection, COUNTRIES), {"prompt": "countries"})

    got = await collect(asking, method)
    assert (got.text, got.kind) == (word(0), "")
    assert ("left_out", "responseJsonSchema") in got.report.notes
    refused, body = (event["body"] for event in vertex.server.events("request"))
    assert refused["generation_config"].get("response_json_schema")
    assert "minItems" in str(body["contents"])
