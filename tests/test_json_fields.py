"""The table: what stands in it from the start, when its rows change, and how it stays small."""

from __future__ import annotations

import json
from typing import Any

from components.streaming.json.fields import JsonField
from components.streaming.json.growing import GrowingJson
from components.streaming.text import portable
from tests.json_replies import fed, rows

COUNTRY: dict[str, Any] = {
    "type": "object",
    "required": ["name", "capital"],
    "properties": {"capital": {"$ref": "#/$defs/city"}},
}
SCHEMA: dict[str, Any] = {
    "$defs": {"country": COUNTRY, "city": {"required": ["a/b"], "allOf": [{"required": ["people"]}]}},
    "type": "object",
    "required": ["countries", "best"],
    "properties": {"countries": {"items": {"$ref": "#/$defs/country"}}, "best": {"$ref": "#/$defs/country"}},
}


def missing(fields: list[JsonField]) -> set[str]:
    return {field.pointer for field in fields if field.state == "missing"}


def test_required_fields_stand_as_missing_from_the_start() -> None:
    fields = rows(GrowingJson(SCHEMA))
    assert missing(fields) == {
        "/countries", "/best", "/best/name", "/best/capital", "/best/capital/a~1b", "/best/capital/people"
    }  # fmt: skip
    assert all(field.first_seen is None and field.kind == "" for field in fields)


def test_an_item_brings_what_the_schema_requires_of_it() -> None:
    reader = fed('{"countries": [{"name": "x", "capital": {"a/b": 1}}, {', GrowingJson(SCHEMA))
    assert missing(rows(reader)) == {
        "/best", "/best/name", "/best/capital", "/best/capital/a~1b", "/best/capital/people",
        "/countries/0/capital/people",
        "/countries/1/name", "/countries/1/capital",
        "/countries/1/capital/a~1b", "/countries/1/capital/people",
    }  # fmt: skip


def test_a_schema_that_refers_to_itself_or_to_nothing_ends() -> None:
    node: dict[str, Any] = {"required": ["next"], "properties": {"next": {"$ref": "#"}}}
    assert 1 < len(missing(rows(GrowingJson(node)))) < 20
    assert missing(rows(GrowingJson({"$ref": "#", "required": ["a"]}))) == {"/a"}
    names = list("abcdefghijklmnopqrst")
    wide = {"required": names, "properties": {name: {"$ref": "#"} for name in names}}
    assert len(rows(GrowingJson(wide, rows=300))) == 300
    reader = fed(
        [f"[{'[],' * 10_000}[]]"], GrowingJson({"items": {"allOf": [{"minLength": n} for n in range(5000)]}})
    )
    assert reader.snapshot().total == 10_002
    assert missing(rows(GrowingJson({"$ref": "#/nowhere/1", "allOf": 3, "required": "a"}))) == set()


def test_a_row_says_when_it_was_first_seen_and_completed() -> None:
    # The first quote is character 6, the last 11; a number is whole with the character after it.
    reader = fed('{"a": "long", "b": 12.50 }', GrowingJson({"required": ["b", "c"]}))
    by_pointer = {field.pointer: field for field in rows(reader)}
    said = {
        name: (field.state, field.value, field.first_seen, field.completed)
        for name, field in by_pointer.items()
    }
    assert said == {
        "/b": ("complete", "12.50", 19, 24),
        "/c": ("missing", "", None, None),
        "": ("complete", "", 0, 25),
        "/a": ("complete", "long", 6, 11),
    }
    assert [field.id for field in by_pointer.values()] == [0, 1, 2, 3]


def test_a_snapshot_tells_only_what_changed() -> None:
    reader = GrowingJson()
    reader.feed('{"a": 1, "b": "x')
    assert [field.pointer for field in reader.snapshot().changed] == ["", "/a", "/b"]
    assert reader.snapshot().changed == ()
    reader.feed("y")
    changed = reader.snapshot().changed
    assert [(field.pointer, field.value, field.state) for field in changed] == [("/b", "xy", "growing")]


def test_digits_stay_as_they_were_written() -> None:
    written = ["1.10", "1E+2", "-0", "12345678901234567890", "0.1000000000000000055511151231257827"]
    reader = fed(f"[{', '.join(written)}]")
    assert [field.value for field in rows(reader)][1:] == written
    assert json.dumps(reader.snapshot().value) == "[1.1, 100.0, 0, 12345678901234567890, 0.1]"


def test_the_table_is_bounded_and_counts_on() -> None:
    reader = fed([f"[{','.join('0' * 1000)}]"], GrowingJson(rows=10))
    snapshot = reader.snapshot()
    assert (len(snapshot.changed), snapshot.total) == (10, 1001)


def test_a_field_that_is_missing_is_found_in_a_full_table() -> None:
    text = json.dumps({"others": list(range(100)), "wanted": "here"})
    reader = fed([text], GrowingJson({"required": ["wanted"]}, rows=5))
    assert next((field.pointer, field.state) for field in rows(reader)) == ("/wanted", "complete")


def test_one_huge_key_does_not_make_the_table_huge() -> None:
    text = json.dumps({"k" * 50_000: list(range(1000))})
    fields = rows(fed([text]))
    assert [field.pointer for field in fields] == [""]


def test_a_long_value_is_previewed_and_its_size_told() -> None:
    field = rows(fed([json.dumps("x" * 5000)]))[0]
    assert (field.value, field.size) == ("x" * 120, 5000)


def test_integers_that_a_browser_would_round_can_be_made_portable() -> None:
    for safe in (2**53 - 1, -(2**53) + 1, True, 1e300):
        assert portable(safe) is safe
    value = fed([f'{{"a": [{2**53}, 12], "b": -{10**20}}}']).snapshot().value
    assert portable(value) == {"a": [str(2**53), 12], "b": str(-(10**20))}
    assert value == {"a": [2**53, 12], "b": -(10**20)}
