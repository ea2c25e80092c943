"""What holds for any JSON document and any way of cutting it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from components.streaming.json.fields import PREVIEW, JsonField
from components.streaming.json.growing import GrowingJson
from components.streaming.json.verdict import Around, judge
from tests.json_replies import CONTAINERS, DOCUMENTS, PROSE, at_pointer, begins, cut, fed, rows, same

pytestmark = pytest.mark.slow

ORDER = {"missing": 0, "growing": 1, "complete": 2}
# What JSON and its surroundings are made of, in any disorder.
ODDS = (
    "```json\n",
    "\n```",
    '{"a":',
    '"a"',
    "null",
    "tru",
    "1e9",
    "\\u00e9",
    "\\ud83d",
    "\\ude00",
    "Note",
    "<think>",
    "</think>",
    "[1, 2, ...]",
    "{}",
    "```python\n",
    "\\nu",
    "1, 2]",
)
# How `[1]` and `[[1]]` begin, which in prose are none.
REFERENCE = re.compile(r"(\[\s*)+\d{1,3}\]")
JUMBLE = st.lists(st.sampled_from([*"{}[]\"':,01-.eE \n\\/u`x\ud83d\x01", *ODDS]), max_size=25).map("".join)


@given(st.data(), DOCUMENTS)
def test_the_last_value_is_that_of_json_loads_and_each_before_is_a_part_of_it(
    data: st.DataObject, text: str
) -> None:
    whole = json.loads(text)
    reader = GrowingJson()
    seen, at_once = [], []  # a snapshot that grew after it was taken would differ from itself at once
    for piece in data.draw(cut(text)):
        reader.feed(piece)
        seen.append(reader.snapshot())
        at_once.append(json.dumps(seen[-1].value))
    verdict = judge(reader)
    last = reader.snapshot()
    assert verdict.kind == "valid"
    assert verdict.around is None
    assert same(last.value, whole)
    for snapshot, then in zip(seen, at_once, strict=True):
        assert json.dumps(snapshot.value) == then
        assert begins(snapshot.value, whole) if snapshot.found else snapshot.value is None
    shown = [snapshot.value for snapshot in seen if snapshot.found]
    assert all(begins(earlier, later) for earlier, later in pairwise(shown))


@given(st.data(), DOCUMENTS)
def test_a_complete_field_never_changes_or_vanishes(data: st.DataObject, text: str) -> None:
    table: dict[int, JsonField] = {}
    reader = GrowingJson({"required": ["a", "never seen"]})
    for at, piece in enumerate([*data.draw(cut(text)), None]):
        if piece is None:
            reader.end(float(at))
        else:
            reader.feed(piece, float(at))
        snapshot = reader.snapshot()
        for field in snapshot.changed:
            _follows(table.get(field.id), field, float(at))
            table[field.id] = field
        assert sorted(table) == list(range(snapshot.total))
    whole = json.loads(text)
    for field in table.values():
        _agrees(field, whole)


def _follows(before: JsonField | None, after: JsonField, now: float) -> None:
    if before is not None:
        assert before.state != "complete"
        assert before.pointer == after.pointer
        assert ORDER[before.state] <= ORDER[after.state]
        assert before.first_seen in (None, after.first_seen)
        assert after.value.startswith(before.value)
        assert after.size >= before.size
    if after.completed is not None:
        assert after.first_seen is not None
        assert after.first_seen <= after.completed == now


def _agrees(field: JsonField, whole: object) -> None:
    if field.state == "missing":
        assert field.pointer in {"/a", "/never seen"}
        return
    assert field.state == "complete"
    value = at_pointer(whole, field.pointer)
    if field.kind == "string":
        assert (field.value, field.size) == (value[:PREVIEW], len(value))
    elif field.kind in {"object", "array"}:
        assert (field.value, field.size) == ("", len(value))
    else:
        assert same(json.loads(field.value), value)


@given(st.data(), CONTAINERS, PROSE, PROSE, st.sampled_from(["", "json", "JSON", "c++"]), st.booleans())
def test_prose_and_fences_change_nothing_but_what_was_skipped(
    data: st.DataObject, text: str, before: str, after: str, label: str, fenced: bool
) -> None:
    reply = f"{before}\n```{label}\n{text}\n```\n{after}" if fenced else f"{before}{text}{after}"
    assume(fenced or not before.strip() or not REFERENCE.match(text))
    reader = GrowingJson()
    whole = json.loads(text)
    for piece in data.draw(cut(reply)):
        reader.feed(piece)
        snapshot = reader.snapshot()
        assert begins(snapshot.value, whole) if snapshot.found else snapshot.value is None
    verdict = judge(reader)
    assert verdict.kind == "valid"
    assert same(reader.snapshot().value, whole)
    skipped = ("", "") if verdict.around is None else (verdict.around.before, verdict.around.after)
    assert skipped == (before.strip(), after.strip())
    assert {field.state for field in rows(fed([reply]))} == {"complete"}


@given(st.data(), DOCUMENTS)
def test_a_fence_holds_any_document(data: st.DataObject, text: str) -> None:
    reader = fed(data.draw(cut(f"```json\n{text}\n```")))
    assert judge(reader).kind == "valid"
    assert judge(reader).around == Around("", "", fenced=True)
    assert same(reader.snapshot().value, json.loads(text))


@given(st.data(), CONTAINERS)
def test_a_reply_cut_anywhere_is_cut_off_inside_something(data: st.DataObject, text: str) -> None:
    end = data.draw(st.integers(1, len(text) - 1))
    reader = fed(data.draw(cut(text[:end])))
    verdict = judge(reader, by="length")
    assert (verdict.kind, verdict.params["character"], verdict.params["by"]) == (
        "cut_off",
        str(end),
        "length",
    )
    at_pointer(json.loads(text), verdict.params["pointer"])
    snapshot = reader.snapshot()
    assert begins(snapshot.value, json.loads(text))
    assert not verdict.whole


@given(st.data(), JUMBLE)
def test_nothing_depends_on_how_a_reply_is_cut(data: st.DataObject, reply: str) -> None:
    assert _outcome(data.draw(cut(reply))) == _outcome([reply])


def _outcome(pieces: Iterable[str]) -> object:
    reader = fed(pieces)
    table = [
        (field.id, field.pointer, field.kind, field.state, field.value, field.size) for field in rows(reader)
    ]
    value = json.dumps(reader.snapshot().value)
    value.encode()  # whatever came, the value can be sent
    return value, judge(reader), table
