"""Chunks that are like the one before go a shorter way, and come out the same as by the long one."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from langchain_core.messages import AIMessageChunk

from components.streaming import Source
from components.streaming.events import Recorder, open_run_file, state_at
from tests.event_runs import saying
from tests.runs import KEY

PIECES = [
    "Hello",
    " world",
    "\n",
    " two\nlines\t",
    "",
    KEY,
    KEY[:6],
    KEY[6:],
    " s",
    "sk",
    "日本",
    "\ud800",
    "x" * 1500,
]
# Equal in Python, and not in JSON.
ALIKE: list[dict[str, Any]] = [
    {},
    {"logprobs": "1"},
    {"logprobs": 1},
    {"logprobs": True},
    {"n": 1.0},
    {"api_key": "named-key-1"},
]
FIELDS: list[dict[str, Any]] = [
    {},
    {},
    {},
    {"id": "another"},
    {"additional_kwargs": {"refusal": KEY[:6]}},
    {"usage_metadata": {"input_tokens": 1, "output_tokens": 2, "total_tokens": 3}},
    {"tool_call_chunks": [{"name": "f", "args": KEY[:12], "id": "1", "index": 0}]},
    {"chunk_position": "last"},
]


def message(text: Any, said: dict[str, Any], others: dict[str, Any]) -> AIMessageChunk:
    return AIMessageChunk(**{"content": text, "id": "run-1", "response_metadata": said, **others})


texts = st.sampled_from(PIECES)
messages = st.builds(message, texts, st.sampled_from(ALIKE), st.sampled_from(FIELDS))
blocks = st.just(AIMessageChunk(content=[{"type": "text", "text": "in blocks"}]))
# Long ones of one kind: what is looked for goes on from chunk to chunk.
chunks = st.lists(
    st.one_of(st.lists(texts, min_size=6), st.lists(messages, min_size=6), blocks.map(lambda one: [one])),
    max_size=4,
).map(lambda some: [chunk for one in some for chunk in one])


async def recorded(chunks: Iterable[Any], path: Path, *, like: bool) -> tuple[Recorder, list[Any]]:
    """What a recorder makes of these chunks, told by a model and by the chain round it in turns.

    It knows a run by the very objects of its tags and metadata: with others each time none is like another.
    """
    recorder = Recorder(path=path)
    recorder.begin(Source(saying("Hi"), "Hi", secrets=(KEY,)))
    tags, metadata, frames = ["a"], {"b": "c"}, []
    for number, chunk in enumerate(chunks):
        kind, run, parents = [("chain", "1", []), ("chat_model", "2", ["1"])][number // 20 % 2]
        if number % 40 in (0, 20):
            recorder.take(_event(f"on_{kind}_start", run, parents, {"input": "Hi"}, tags, metadata))
        own = (tags, metadata) if like else (list(tags), dict(metadata))
        recorder.take(_event(f"on_{kind}_stream", run, parents, {"chunk": chunk}, *own))
        if number % 7 == 0:
            frames.append(recorder.frame())
    frames.append(recorder.frame())
    recorder.close()
    return recorder, frames


def _event(
    name: str, run: str, parents: list[str], data: Any, tags: list[str], metadata: Any
) -> dict[str, Any]:
    shared = {"name": "x", "run_id": run, "parent_ids": parents, "tags": tags, "metadata": metadata}
    return {"event": name, **shared, "data": data}


def told(value: Any) -> str:
    """Events, rows or nodes as JSON, where 1 and true are two things."""
    return json.dumps(without_times(value), sort_keys=True)


def without_times(value: Any) -> Any:
    if isinstance(value, dict):
        timed = {"at", "start", "end", "first", "ticks"}
        kept = {key: without_times(part) for key, part in value.items() if key not in timed}
        # How many there were, and whether there was a first.
        return kept | {"ticks": len(value.get("ticks", [])), "first": value.get("first") is not None}
    return [without_times(item) for item in value] if isinstance(value, list) else value


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(chunks=chunks)
@example(chunks=["Hello", KEY[:6], KEY[6:], " world"])
@example(chunks=[message(text, {}, {}) for text in ("Hello", " is", KEY[:6], KEY[6:], " world")])
@example(chunks=[message("Hello", said, {}) for said in ALIKE * 2])
@example(chunks=["Hello", *(message("Hello", {}, fields) for fields in FIELDS * 2)])
async def test_both_ways_give_the_same(tmp_path: Path, chunks: list[Any]) -> None:
    (short, shown), (long, expected) = [
        await recorded(chunks, tmp_path / f"{like}.jsonl", like=like) for like in (True, False)
    ]

    assert told(short.log.events()) == told(long.log.events())
    for one, other in zip(shown, expected, strict=True):
        assert told(one.rows) == told(other.rows)
        assert told(one.nodes) == told(other.nodes)
        assert (one.text, one.new_text, one.total) == (other.text, other.new_text, other.total)
    file = open_run_file(tmp_path / "True.jsonl")
    assert file.damage is None
    state = state_at(file, 1e6)
    assert state.rows == [row for frame in shown for row in frame.rows]
    assert state.text == shown[-1].text
