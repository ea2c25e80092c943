"""Replies for the tests of the JSON reader: any document, written in any way, cut in any way."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from hypothesis import strategies as st

from components.streaming.json.fields import JsonField
from components.streaming.json.growing import GrowingJson

WHITE = st.text(alphabet=" \t\n\r", max_size=3)
NUMBERS = st.from_regex(r"-?(0|[1-9][0-9]{0,30})(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,2})?", fullmatch=True)
# No bracket, brace, quote or backtick: what could begin a document is for the tests of awkward replies.
PROSE = st.text(alphabet="abtfnz AZ09-.,:;!?()\n\u00e9\u65e5\U0001f600", max_size=30)


@st.composite
def strings(draw: st.DrawFn) -> str:
    """A string as JSON, each character raw or escaped in one of the ways there are."""
    written = []
    for char in draw(st.text(max_size=12)):
        ways = [json.dumps(char)[1:-1], json.dumps(char, ensure_ascii=False)[1:-1]]
        if ord(char) < 0x10000:
            ways += [f"\\u{ord(char):04x}", f"\\u{ord(char):04X}"]
        if char == "/":
            ways.append("\\/")
        written.append(draw(st.sampled_from(ways)))
    return f'"{"".join(written)}"'


def _containers(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    members = st.lists(
        st.tuples(WHITE, strings(), WHITE, WHITE, values, WHITE),
        max_size=5,
        unique_by=lambda m: json.loads(m[1]),
    )
    items = st.lists(st.tuples(WHITE, values, WHITE), max_size=5)
    return st.one_of(
        members.map(lambda some: "{" + ",".join(f"{a}{k}{b}:{c}{v}{d}" for a, k, b, c, v, d in some) + "}"),
        items.map(lambda some: "[" + ",".join("".join(item) for item in some) + "]"),
    )


SCALARS = st.one_of(NUMBERS, strings(), st.sampled_from(["true", "false", "null"]))
DOCUMENTS = st.recursive(SCALARS, _containers, max_leaves=20)
CONTAINERS = _containers(DOCUMENTS)


@st.composite
def cut(draw: st.DrawFn, text: str) -> list[str]:
    """The text in pieces, one character each or cut anywhere; some may be empty."""
    if draw(st.booleans()):
        return list(text)
    places = sorted(draw(st.lists(st.integers(0, len(text)), max_size=20)))
    return [text[a:b] for a, b in zip([0, *places], [*places, len(text)], strict=True)]


def fed(pieces: Iterable[str], reader: GrowingJson | None = None) -> GrowingJson:
    """A reader that was given the whole reply, piece number n at n seconds."""
    reader = reader or GrowingJson()
    at = 0
    for at, piece in enumerate(pieces):
        reader.feed(piece, float(at))
    reader.end(float(at))
    return reader


def rows(reader: GrowingJson) -> list[JsonField]:
    """The whole table of a reader that wasn't asked before."""
    return list(reader.snapshot().changed)


def same(one: Any, other: Any) -> bool:
    """Equal in type, order and digits as well: 1 isn't True or 1.0, 0.0 isn't -0.0."""
    return json.dumps(one) == json.dumps(other)


def begins(part: Any, whole: Any) -> bool:
    """Whether `part` can be what there is of `whole`: only what came last in it may still be growing."""
    if isinstance(part, str) and isinstance(whole, str):
        return whole.startswith(part)
    if isinstance(part, list) and isinstance(whole, list):
        return len(part) <= len(whole) and _members_begin(list(zip(part, whole, strict=False)))
    if isinstance(part, dict) and isinstance(whole, dict):
        if list(part) != list(whole)[: len(part)]:
            return False
        return _members_begin([(part[key], whole[key]) for key in part])
    return same(part, whole)


def _members_begin(pairs: list[tuple[Any, Any]]) -> bool:
    return all(same(*pair) for pair in pairs[:-1]) and (not pairs or begins(*pairs[-1]))


def at_pointer(document: Any, pointer: str) -> Any:
    """What the pointer names. Raises LookupError where there is nothing."""
    for key in _keys(pointer):
        document = document[int(key)] if isinstance(document, list) else document[key]
    return document


def _keys(pointer: str) -> Iterator[str]:
    for token in pointer.split("/")[1:]:
        yield token.replace("~1", "/").replace("~0", "~")
