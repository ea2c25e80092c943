"""Files that are damaged, foreign, newer, huge or made up: each says what is wrong, and nothing breaks."""

from __future__ import annotations

import asyncio
import json
import math
import os
from codecs import BOM_UTF8
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.streaming.records import Chunk, Ending, Outcome
from components.streaming.replay import replay
from components.streaming.trace import BadRunFile, Trace, open_run_file
from tests.event_runs import Recorder, event_frames, live, scripted, show, state_at

HEADER: dict[str, Any] = {
    "format": "streaming-lab-run",
    "version": 1,
    "verdict": None,
    "provider": "p",
    "model": "m",
    "chain": "chat",
    "method": "astream_events",
    "asked": {},
    "started": "2026-01-01T00:00:00.000+00:00",
    "versions": {"python": "3.11"},
    "input": None,
}
EVENT: dict[str, Any] = {
    "n": 1, "at": 0.5, "event": "on_chain_start", "name": "c", "run_id": "r",
    "parent_ids": [], "tags": [], "metadata": {}, "data": {"input": 1},
}  # fmt: skip
OWN = EVENT | {"event": "lab_end", "run_id": "", "data": {"verdict": "streamed"}}


def written(path: Path, *lines: Any) -> Path:
    whole = [line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines]
    path.write_bytes(b"".join(line + b"\n" for line in whole))
    return path


def deep(levels: int) -> bytes:
    return b'{"a":' * levels + b"1" + b"}" * levels


@pytest.mark.parametrize(
    ("content", "kind", "params"),
    [
        (b"", "empty", {}),
        (b"\n", "foreign", {}),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "foreign", {}),
        (b"PK\x03\x04" + bytes(range(256)), "foreign", {}),
        (b"\xff\xfe{\x00", "foreign", {}),
        (b"a,b,c\n1,2,3\n", "foreign", {}),
        (b"[]\n", "foreign", {}),
        (b'{"format":"another"}\n', "foreign", {}),
        (b'{"format":["streaming-lab-run"]}\n', "foreign", {}),
        (b"[" * 100_000, "foreign", {}),
        (b"\x00" * 10_000_000, "foreign", {}),
        ({"version": 3}, "newer", {"version": "3", "known": "2"}),
        ({"version": 3, "chain": 5, "asked": "all"}, "newer", {"version": "3", "known": "2"}),
        ({"version": "1"}, "wrong_types", {"line": "1", "field": "version"}),
        ({"version": True}, "wrong_types", {"line": "1", "field": "version"}),
        ({"version": 0}, "wrong_types", {"line": "1", "field": "version"}),
        ({"provider": 5}, "wrong_types", {"line": "1", "field": "provider"}),
        ({"model": "m" * 10_000}, "wrong_types", {"line": "1", "field": "model"}),
        ({"asked": {"include_names": "x"}}, "wrong_types", {"line": "1", "field": "asked"}),
        ({"versions": {"python": 3}}, "wrong_types", {"line": "1", "field": "versions"}),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_nothing_of_it_can_be_used(tmp_path: Path, content: Any, kind: str, params: dict[str, str]) -> None:
    path = tmp_path / "run.jsonl"
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        written(path, HEADER | content, EVENT)
    with pytest.raises(BadRunFile) as raised:
        open_run_file(path)
    assert (raised.value.kind, raised.value.params) == (kind, params)


@pytest.mark.parametrize(
    ("line", "kind", "field"),
    [
        (b"{", "damaged", ""),
        (b"", "damaged", ""),
        (b"\x00\x00\x00", "damaged", ""),
        (b'{"n":2,"at":1,"event":"\xff"}', "damaged", ""),
        (b'{"n": NaN}', "damaged", ""),
        (deep(3000), "damaged", ""),
        (deep(900), "wrong_types", "n"),
        (b"5", "wrong_types", "event"),
        (EVENT, "wrong_types", "n"),
        (EVENT | {"n": 3}, "wrong_types", "n"),
        (EVENT | {"n": True}, "wrong_types", "n"),
        (EVENT | {"n": 2.0}, "wrong_types", "n"),
        (EVENT | {"n": 2, "at": 0.4}, "wrong_types", "at"),
        (EVENT | {"n": 2, "at": -1}, "wrong_types", "at"),
        (EVENT | {"n": 2, "at": 1e12}, "wrong_types", "at"),
        (EVENT | {"n": 2, "at": "1"}, "wrong_types", "at"),
        (EVENT | {"n": 2, "at": None}, "wrong_types", "at"),
        (EVENT | {"n": 2, "event": None}, "wrong_types", "event"),
        (EVENT | {"n": 2, "name": "x" * 5000}, "wrong_types", "name"),
        (EVENT | {"n": 2, "run_id": 5}, "wrong_types", "run_id"),
        (EVENT | {"n": 2, "parent_ids": "abc"}, "wrong_types", "parent_ids"),
        (EVENT | {"n": 2, "parent_ids": [["a"]]}, "wrong_types", "parent_ids"),
        (EVENT | {"n": 2, "tags": None}, "wrong_types", "tags"),
        (EVENT | {"n": 2, "metadata": []}, "wrong_types", "metadata"),
        ({name: value for name, value in EVENT.items() if name != "data"} | {"n": 2}, "wrong_types", "data"),
        (json.dumps(EVENT | {"n": 2}).encode()[:-1] + b',"data":' + deep(900) + b"}", "wrong_types", "data"),
        (OWN | {"n": 2, "event": "lab_party"}, "wrong_types", "event"),
        (OWN | {"n": 2, "run_id": "r"}, "wrong_types", "run_id"),
        (OWN | {"n": 2, "data": "x"}, "wrong_types", "data"),
        (OWN | {"n": 2, "data": {"x": "x" * 200_000}}, "wrong_types", "data"),
        ({"report": 5}, "wrong_types", "report"),
        ({"report": {"method": "stream", "verdict": "splendid"}}, "wrong_types", "verdict"),
        ({"report": {"method": "stream", "verdict": "failed", "outcome": 1}}, "wrong_types", "outcome"),
    ],
    ids=lambda value: repr(value)[:40],
)
async def test_good_as_far_as_the_damage(tmp_path: Path, line: Any, kind: str, field: str) -> None:
    path = written(tmp_path / "run.jsonl", HEADER, EVENT, line, EVENT | {"n": 3})
    run_file = open_run_file(path)

    assert run_file.damage is not None
    assert run_file.damage.kind == kind
    assert run_file.damage.params == {"line": "3"} | ({"field": field} if field else {})
    assert (run_file.count, run_file.seconds, run_file.report) == (1, 0.5, None)
    page = await show(event_frames(replay(run_file, speed=math.inf)))
    assert page.events == ["on_chain_start"]
    assert page.states() == {"c": "never_ended"}


def test_a_line_too_long(tmp_path: Path) -> None:
    path = written(tmp_path / "run.jsonl", HEADER, EVENT, EVENT | {"n": 2, "data": "x" * 9_000_000})
    damage = open_run_file(path).damage
    assert damage is not None
    assert (damage.kind, damage.params) == ("long_line", {"line": "3", "limit": "8"})


def test_half_a_gigabyte_is_not_read(tmp_path: Path) -> None:
    path = written(tmp_path / "run.jsonl", HEADER, EVENT)
    os.truncate(path, 500_000_000)  # takes no room on the disk
    with pytest.raises(BadRunFile) as raised:
        open_run_file(path)
    assert (raised.value.kind, raised.value.params) == ("too_large", {"megabytes": "500", "limit": "100"})


def test_what_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    for path in (tmp_path, tmp_path / "missing", tmp_path / "fifo", Path("/dev/zero"), Path("a\0b")):
        with pytest.raises(BadRunFile) as raised:
            open_run_file(path)
        assert raised.value.kind == "unreadable"


async def test_what_mail_and_editors_do_to_it(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    page = await live(scripted(), Recorder(path=path))
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n") + b"\r\n\r\n")
    run_file = open_run_file(path)
    assert (run_file.report, run_file.damage) == (page.report, None)
    path.write_bytes(BOM_UTF8 + path.read_bytes())
    assert open_run_file(path).report == page.report


def test_a_chunk_is_as_long_as_it_came(tmp_path: Path) -> None:
    trace = Trace(path=tmp_path / "run.jsonl")
    trace.attempt(1, 0.0, (), None)
    for text in ("x" * 9_000_000, "\0" * 1_500_000, "end"):
        trace.add(Chunk(trace.now(), 0.0, text))
    trace.end(Ending(Outcome("stop"), None, stopped=False, closed_after=None))
    run_file = open_run_file(tmp_path / "run.jsonl")
    assert run_file.damage is None
    assert [len(one.text) for one in run_file.records() if isinstance(one, Chunk)] == [
        9_000_000,
        1_500_000,
        3,
    ]


async def test_a_file_that_changed_since(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    await live(scripted(), Recorder(path=path))
    run_file = open_run_file(path)
    path.write_bytes(path.read_bytes()[:3000])
    with pytest.raises(BadRunFile):
        await show(event_frames(replay(run_file, speed=math.inf)))
    path.unlink()
    with pytest.raises(BadRunFile):
        await state_at(run_file, 1.0)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.just("kwargs"),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["kwargs", "content", "type", "text", "tool_calls", "object",
                                           "chunk", "input", "output", "lc", "id", "fault", "params"]),
                          inner, max_size=4)
    ),
    max_leaves=12,
)  # fmt: skip
NAMES = st.sampled_from(
    ["on_chat_model_stream", "on_x_end", "on_custom_event", "lab_failed", "lab_retry", "", "on_"]
)


@pytest.mark.slow
@settings(max_examples=150)
@given(
    st.lists(st.tuples(NAMES, ANYTHING, st.sampled_from(["r", "s", ""]), st.lists(st.just("r"), max_size=2)),
             max_size=5),
    st.none() | ANYTHING,
)  # fmt: skip
def test_whatever_stands_in_it(tmp_path: Path, events: list[Any], report: Any) -> None:
    """It can be replayed and shown, or it says what is wrong."""
    lines = [
        EVENT | {"n": number, "event": name, "data": data, "run_id": run, "parent_ids": parents}
        for number, (name, data, run, parents) in enumerate(events, 1)
    ]
    path = written(tmp_path / "run.jsonl", HEADER, *lines, *([{"report": report}] if report else []))
    run_file = open_run_file(path)
    frame = asyncio.run(state_at(run_file, math.inf))
    assert run_file.damage is not None or len(frame.rows) == len(lines)
    assert len(frame.rows) <= run_file.count
    json.dumps(asdict(frame))
