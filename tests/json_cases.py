"""Awkward replies, and what the reader says of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

NO_VALUE = object()
BIG = 123456789012345678901234567890


@dataclass(frozen=True)
class Case:
    """A reply, the value and the verdict's kind; `params` are those that matter, `notes` what was odd."""

    name: str
    reply: str
    value: Any
    kind: str
    params: dict[str, str]
    notes: tuple[str, ...] = ()
    around: tuple[str, str] = ("", "")

    def __str__(self) -> str:
        return self.name


def no_json(name: str, reply: str, value: Any, where: str, found: str = "") -> Case:
    """`where`: reason, line:column and pointer."""
    reason, place, *pointer = where.split(" ")
    line, column = place.split(":")
    params = {"reason": reason, "line": line, "column": column, "pointer": "".join(pointer)}
    return Case(name, reply, value, "not_json", {**params, "found": found} if found else params)


def odd(name: str, reply: str, value: Any, note: str) -> Case:
    """Valid, but noted."""
    return Case(name, reply, value, "valid", {}, (note,))


def prose(name: str, reply: str, value: Any, before: str = "", after: str = "") -> Case:
    return Case(name, reply, value, "valid", {}, around=(before, after))


def cut(name: str, reply: str, value: Any, pointer: str) -> Case:
    return Case(
        name, reply, value, "cut_off", {"character": str(len(reply)), "pointer": pointer, "by": "length"}
    )


CASES = [
    Case("an empty reply", "", NO_VALUE, "empty", {}),
    Case("white space", " \n\t", NO_VALUE, "empty", {}),
    Case("a byte order mark alone", "\ufeff", NO_VALUE, "empty", {}),
    Case("prose only", "I can't do that.", NO_VALUE, "no_json", {}, around=("I can't do that.", "")),
    Case("prose that begins like null", "nothing", NO_VALUE, "no_json", {}, around=("nothing", "")),
    prose("a byte order mark", '\ufeff{"a": 1}', {"a": 1}),
    prose("a fence", '```json\n{"a": 1}\n```', {"a": 1}),
    prose("a fence of another label", '```JavaScript\n{"a": 1}\n```\n', {"a": 1}),
    prose("a fence on one line", '```json {"a": 1}```', {"a": 1}),
    prose("a fence with a number", "```\n42\n```", 42),
    prose("a fence that isn't closed", '```json\n{"a": 1}', {"a": 1}),
    prose("a preamble", 'Sure! Here is the JSON: {"a": 1}', {"a": 1}, "Sure! Here is the JSON:"),
    prose("a preamble and a fence", 'Here:\n```json\n["a"]\n```\nBye', ["a"], "Here:", "Bye"),
    prose("a preamble of brackets", '[Note] {name}: {"a": 1}', {"a": 1}, "[Note] {name}:"),
    prose("a preamble with a number", '3 countries: [{"a": 1}]', [{"a": 1}], "3 countries:"),
    prose("trailing prose", '{"a": 1}\n\nI hope this helps!', {"a": 1}, "", "I hope this helps!"),
    prose("a bracket too many", '{"a": 1}}', {"a": 1}, "", "}"),
    Case(
        "two documents",
        '{"a": 1}\n{"b": 2}',
        {"a": 1},
        "several",
        {"line": "2", "column": "1"},
        around=("", '{"b": 2}'),
    ),
    Case(
        "two fences",
        '```\n{"a": 1}\n```\nor\n```\n[2]\n```',
        {"a": 1},
        "several",
        {"line": "6", "column": "1"},
        around=("", "or\n\n[2]\n```"),
    ),
    no_json("single quotes", "{'a': 1}", {}, "quote 1:2", "'"),
    no_json("single quotes in a value", "{\"a\": 'b'}", {}, "quote 1:7 /a", "'"),
    Case(
        "single quotes after prose",
        "Here: ['a']",
        [],
        "not_json",
        {"reason": "quote", "line": "1", "column": "8", "pointer": "", "found": "'"},
        around=("Here:", ""),
    ),
    no_json("curly quotes", "{\u201ca\u201d: 1}", {}, "quote 1:2", "\u201c"),
    no_json("a bare key", "{a: 1}", {}, "unquoted_key 1:2", "a"),
    no_json("a comment", '{"a": 1, // one\n"b": 2}', {"a": 1}, "comment 1:10", "/"),
    no_json("NaN", '{"a": 1,\n "b": NaN}', {"a": 1}, "word 2:7 /b", "NaN"),
    no_json("Infinity", "[-Infinity]", [], "number 1:2 /0", "-Infinity"),
    no_json("None", '{"a": None}', {}, "word 1:7 /a", "None"),
    no_json("a leading zero", "[01]", [], "number 1:2 /0", "01"),
    no_json("no comma", "[1 2]", [1], "expected_comma 1:4", "2"),
    no_json("no colon", '{"a" 1}', {}, "expected_colon 1:6 /a", "1"),
    no_json("no value", '{"a":,}', {}, "missing_value 1:6 /a", ","),
    no_json("the other bracket", '{"a": [1}', {"a": [1]}, "mismatched 1:9 /a", "}"),
    no_json("an escape that there isn't", '["it\\\'s"]', ["it"], "escape 1:5 /0", "\\'"),
    no_json("half an escape", '["caf\\u00zz"]', ["caf"], "escape 1:6 /0", "\\u"),
    Case(
        "a trailing comma",
        '{"a": [1, 2,\n], "b": 3,}',
        {"a": [1, 2], "b": 3},
        "not_json",
        {"reason": "trailing_comma", "line": "1", "column": "12", "pointer": "/a"},
        ("trailing_comma", "trailing_comma"),
    ),
    Case(
        "raw control characters",
        '{"a": "one\ntwo\t", "b": 1}',
        {"a": "one\ntwo\t", "b": 1},
        "not_json",
        {"reason": "control_character", "line": "1", "column": "11", "found": "U+000A", "pointer": "/a"},
        ("control_character", "control_character"),
    ),
    odd("a key twice", '{"a": 1, "b": 2, "a": [3]}', {"a": [3], "b": 2}, "duplicate_key"),
    odd("half a surrogate pair", '["\\ud83d!"]', ["\ufffd!"], "lone_surrogate"),
    odd("the second half alone", '["\\ude00"]', ["\ufffd"], "lone_surrogate"),
    odd("a raw surrogate", '["\ud83d"]', ["\ufffd"], "lone_surrogate"),
    prose("a whole surrogate pair", '["\\ud83d\\ude00"]', ["\U0001f600"]),
    prose("long integers", f"[{BIG}, -{BIG}]", [BIG, -BIG]),
    prose("null alone", " null ", None),
    cut("a number cut in the middle", '{"a": [1, 12', {"a": [1]}, "/a/1"),
    cut("a literal cut in the middle", '{"a": tr', {}, "/a"),
    cut("an escape cut in the middle", '{"a": "caf\\u00', {"a": "caf"}, "/a"),
    cut("half a pair cut", '["\\ud83d\\u', [""], "/0"),
    cut("in a key", '{"countries": [{}, {}, {"na', {"countries": [{}, {}, {}]}, "/countries/2"),
    cut("in a value", '{"countries": [{"name": "Fra', {"countries": [{"name": "Fra"}]}, "/countries/0/name"),
    cut("before a value", '{"a/b~c":', {}, "/a~1b~0c"),
    cut("in a fence", '```json\n{"a": [', {"a": []}, "/a"),
    cut("a bracket alone", "[", [], ""),
    cut("a bare number, perhaps", "12", 12, ""),
]
