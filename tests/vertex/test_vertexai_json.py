"""What Gemini is sent for a JSON Schema."""

from __future__ import annotations

import copy

from components.chains.json import build
from components.chains.schemas import COUNTRIES
from tests.servers.vertex import Vertex
from tests.servers.vertex_plan import parse as plan_of
from tests.servers.vertex_plan import text


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
