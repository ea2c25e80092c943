"""The schema: is it one, and what the verdict says of a value that breaks it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from components.streaming.json.check import BadSchema, Schema
from components.streaming.json.flaws import DEPTH
from components.streaming.json.growing import GrowingJson
from components.streaming.json.verdict import JsonVerdict, judge

PEOPLE: dict[str, Any] = {
    "type": "object",
    "required": ["people"],
    "properties": {"people": {"type": "array", "items": {"type": "integer", "minimum": 0}}},
}


def judged(reply: str, schema: dict[str, Any]) -> JsonVerdict:
    reader = GrowingJson(schema)
    reader.feed(reply)
    return judge(reader, check=Schema(schema).check)


def test_no_text_is_no_schema() -> None:
    assert Schema.read(" \n") is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "line 1, column 2"),
        ("[]", "object"),
        ("true", "object"),
        ('{"type": "strin"}', "strin"),
        ('{"pattern": "("}', "regex"),
        ('{"required": "a"}', "array"),
        ("[" * 10_000, "deep"),
        (f'{{"minimum": {"7" * 5000}}}', "long"),
        ('{"not":' * 500 + "{}" + "}" * 500, "deep"),
        ('{"$schema": 7}', "text"),
        ('{"$schema": ["x"]}', "text"),
        ('{"maximum": Infinity}', "none"),
        ('{"maximum": 1e999}', "none"),
        (r'{"pattern": "^\\p{L}$"}', "Python"),
        ('{"name": "x", "strict": true, "schema": {"type": "object"}}', "keyword"),
        ('{"name": "Ada", "age": 36}', "keyword"),
    ],
)
def test_what_is_no_schema_is_refused_in_a_sentence(text: str, said: str) -> None:
    with pytest.raises(BadSchema, match=said):
        Schema.read(text)


@pytest.mark.parametrize(
    ("step", "value", "kept"),
    [
        ("0.01", "19.99", True),
        ("0.1", "0.3", True),
        ("0.1", "0.35", False),
        ("0.5", "7" * 400, True),
        ("5", "7.5", False),
    ],
)
def test_a_multiple_is_one_by_its_digits(step: str, value: str, kept: bool) -> None:
    schema = Schema.read(f'\ufeff{{"multipleOf": {step}}}')
    assert schema is not None
    assert (schema.check(json.loads(value)).breaches == ()) == kept


def test_what_no_rule_allows_is_told() -> None:
    verdict = judged('{"a": 1}', {"properties": {"a": False}})
    assert (verdict.kind, verdict.params["expected"]) == ("breaks_schema", "false")
    assert "None" not in verdict.params["rule"]


def test_a_bad_schema_says_where() -> None:
    with pytest.raises(BadSchema) as caught:
        Schema({"properties": {"a/b": {"minLength": -1}}})
    assert caught.value.pointer == "/properties/a~1b/minLength"


def test_a_value_that_keeps_to_it_is_valid() -> None:
    assert judged('{"people": [1, 2]}', PEOPLE).kind == "valid"


def test_the_rule_and_the_path_are_named() -> None:
    verdict = judged('{"people": [1, -2, "x"]}', PEOPLE)
    assert verdict.kind == "breaks_schema"
    assert verdict.whole
    broken = {(breach.pointer, breach.rule, breach.expected) for breach in verdict.breaches}
    assert broken == {("/people/1", "minimum", "0"), ("/people/2", "type", '"integer"')}
    assert (verdict.params["pointer"], verdict.params["rule"]) == (
        verdict.breaches[0].pointer,
        verdict.breaches[0].rule,
    )


def test_a_missing_field_is_told_at_the_object_that_lacks_it() -> None:
    verdict = judged("{}", PEOPLE)
    assert (verdict.params["rule"], verdict.params["pointer"]) == ("required", "")
    assert "people" in verdict.params["message"]


def test_what_is_cut_off_is_not_also_blamed_on_the_schema() -> None:
    verdict = judged('{"peo', PEOPLE)
    assert (verdict.kind, verdict.breaches) == ("cut_off", ())


def test_a_reply_that_is_read_although_it_is_no_json_is_still_checked() -> None:
    verdict = judged('{"people": [-1,]}', PEOPLE)
    assert (verdict.kind, verdict.params["reason"]) == ("not_json", "trailing_comma")
    assert [breach.pointer for breach in verdict.breaches] == ["/people/0"]


def test_many_breaches_are_bounded_and_short() -> None:
    verdict = judged(json.dumps({"people": ["x" * 10_000] * 1000}), PEOPLE)
    assert len(verdict.breaches) == 20
    assert all(len(breach.message) <= 300 for breach in verdict.breaches)


@pytest.mark.parametrize(
    ("schema", "why"),
    [
        ({"$ref": "#"}, "recursion"),
        ({"$ref": "#/nowhere"}, "reference"),
        ({"$ref": "http://127.0.0.1:9/schema.json"}, "reference"),
    ],
)
def test_a_schema_that_cannot_be_applied_is_said_to_be(schema: dict[str, Any], why: str) -> None:
    verdict = judged("{}", schema)
    assert (verdict.kind, verdict.params["why"]) == ("unchecked", why)


def test_the_deepest_document_can_be_checked_by_a_schema_that_goes_as_deep() -> None:
    schema = {"type": "array", "items": {"$ref": "#"}}
    assert judged("[" * DEPTH + "]" * DEPTH, schema).kind == "valid"
    assert judged("[" * (DEPTH - 1) + "1" + "]" * (DEPTH - 1), schema).params["pointer"] == "/0" * (DEPTH - 1)
