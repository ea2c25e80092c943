"""What the reader says of replies that aren't simply one JSON document."""

from __future__ import annotations

import json
from typing import Any

import pytest

from components.streaming.json.document import NOTES
from components.streaming.json.flaws import DEPTH, DIGITS
from components.streaming.json.verdict import Around, CutBy, JsonVerdict, judge
from tests.json_cases import CASES, NO_VALUE, Case
from tests.json_replies import fed, rows


@pytest.mark.parametrize("size", [1, 3, 1_000_000])
@pytest.mark.parametrize("case", CASES, ids=str)
def test_an_awkward_reply_has_a_defined_answer(case: Case, size: int) -> None:
    verdict, found, value = _judged(case.reply, size, by="length" if case.kind == "cut_off" else "model")
    assert verdict.kind == case.kind
    assert {name: verdict.params[name] for name in case.params} == case.params
    assert found == (case.value is not NO_VALUE)
    assert json.dumps(value) == json.dumps(case.value if found else None)
    assert tuple(note.reason for note, _ in verdict.notes) == case.notes
    around = verdict.around or Around("", "", fenced=False)
    assert (around.before, around.after) == case.around
    assert verdict.whole == (case.kind == "valid" or bool(case.notes))


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        ("[" * 10_000 + "]" * 10_000, "too_deep"),
        ('{"a":' * 10_000, "too_deep"),
        (f"[{'7' * (DIGITS + 1)}]", "too_long"),
        ("[1e999]", "too_large"),
    ],
)
@pytest.mark.parametrize("size", [7, 1_000_000])
def test_what_goes_beyond_the_limits_is_said_to_and_can_still_be_sent(
    reply: str, reason: str, size: int
) -> None:
    verdict, found, value = _judged(reply, size)
    assert (verdict.kind, verdict.params["reason"]) == ("limit", reason)
    assert found
    assert json.dumps(value)
    assert not verdict.whole


def test_the_limits_themselves_are_within_them() -> None:
    deepest = "[" * DEPTH + "]" * DEPTH
    longest = f"[{'7' * DIGITS}]"
    for reply in (deepest, longest):
        verdict, _, value = _judged(reply, 9)
        assert verdict.kind == "valid"
        assert json.dumps(value) == reply


def test_notes_are_counted_and_only_some_are_kept() -> None:
    verdict, _, _ = _judged("[" + '"a\tb",' * 100 + "1]", 11)
    assert (len(verdict.notes), verdict.noted) == (NOTES, 100)


def test_a_repeated_key_has_a_row_for_each_of_its_values() -> None:
    reader = fed('{"a": "one", "a": {"b": 2}, "a": 3}')
    said = [(field.pointer, field.value) for field in rows(reader)]
    assert said == [("", ""), ("/a", "one"), ("/a", ""), ("/a/b", "2"), ("/a", "3")]


def test_half_of_what_cannot_be_told_yet_is_not_shown() -> None:
    shown = {}
    for reply in (
        '["',
        '["\\',
        '["\\u',
        '["\\ud83d',
        '["\\ud83d\\ude0',
        '["\\ud83d\\ude00',
        "[-",
        "[12",
        "[tru",
        "[12,",
    ):
        reader = fed(reply)
        shown[reply] = reader.snapshot().value
    assert list(shown.values()) == [[""]] * 5 + [["\U0001f600"], [], [], [], [12]]


def test_after_the_end_nothing_may_come() -> None:
    reader = fed(["{}"])
    reader.end()
    with pytest.raises(RuntimeError):
        reader.feed("x")


def _judged(reply: str, size: int, by: CutBy = "unknown") -> tuple[JsonVerdict, bool, Any]:
    reader = fed(reply[at : at + size] for at in range(0, len(reply), size))
    snapshot = reader.snapshot()
    return judge(reader, by=by), snapshot.found, snapshot.value
