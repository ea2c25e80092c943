"""What Gemini is sent for a JSON Schema, and that it makes a message."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from components.chains.json import build
from components.providers.vertex.schema import gemini_schema
from components.runs.json_presets import COUNTRIES, PERSON
from tests.servers.vertex import Vertex
from tests.servers.vertex_plan import parse as plan_of
from tests.servers.vertex_plan import text

STRING = {"type": "string"}


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
    sent = config["response_schema"]
    countries = sent["properties"]["countries"]
    country = countries["items"]
    assert sent["required"] == ["countries"]
    assert int(countries["max_items"]) == 3
    assert set(country["properties"]) == set(country["required"]) == {"name", "population"}
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
    assert not body["generation_config"].get("response_schema")


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        ({}, {}),
        ({"type": ["string", "null"]}, {"type_": "STRING", "nullable": True}),
        ({"type": ["string", "integer"]}, {"any_of": [{"type_": "STRING"}, {"type_": "INTEGER"}]}),
        ({"anyOf": [STRING, {"type": "null"}]}, {"type_": "STRING", "nullable": True}),
        (
            {"oneOf": [STRING, {"const": "a"}]},
            {"any_of": [{"type_": "STRING"}, {"type_": "STRING", "enum": ["a"]}]},
        ),
        ({"enum": ["a", "b"]}, {"type_": "STRING", "enum": ["a", "b"]}),
        ({"enum": [1, None]}, {}),
        ({"type": "string", "format": "email", "minLength": 1}, {"type_": "STRING", "min_length": 1}),
        ({"type": "string", "format": "date-time"}, {"type_": "STRING", "format_": "date-time"}),
        ({"type": "array", "items": True, "uniqueItems": True}, {"type_": "ARRAY"}),
        ({"items": STRING}, {"type_": "ARRAY", "items": {"type_": "STRING"}}),
        ({"$ref": "#/$defs/a", "$defs": {"a": STRING}}, {"type_": "STRING"}),
        ({"allOf": [STRING, {"maxLength": 3}]}, {"type_": "STRING", "max_length": 3}),
        (
            {"properties": {"type": STRING, "items": STRING}, "required": ["type", "not listed"]},
            {
                "type_": "OBJECT",
                "properties": {"type": {"type_": "STRING"}, "items": {"type_": "STRING"}},
                "property_ordering": ["type", "items"],
                "required": ["type"],
            },
        ),
    ],
)
def test_in_gemini_s_words(schema: dict[str, Any], said: dict[str, Any]) -> None:
    assert gemini_schema(schema) == said
    _message(said)


ENDLESS = {"properties": {f"more {number}": {"$ref": "#"} for number in range(50)}}


@pytest.mark.parametrize("schema", [COUNTRIES, PERSON, ENDLESS], ids=["countries", "person", "endless"])
def test_it_makes_a_message(schema: dict[str, Any]) -> None:
    _message(gemini_schema(schema))


def _message(said: dict[str, Any]) -> None:
    from google.cloud.aiplatform_v1beta1.types import Schema

    assert Schema.to_dict(Schema(said)) is not None
