"""What reading costs, as promised; generous to a busy machine, which process CPU hardly feels."""

from __future__ import annotations

import asyncio
import json
from functools import partial

import pytest

from components.streaming.json.frames import JsonFrames
from tests.bench.json_parsing import SHAPES, adrain, chunks, cpu, document, drain, grow, peak, ratio

# Seconds of CPU for 200 KB in 4-character chunks; about 0.2 were measured.
BUDGET = 2.0


def test_200_kb_in_small_chunks_take_less_than_two_seconds_of_cpu() -> None:
    text = document(200_000)
    pieces = chunks(text)
    assert grow(pieces, 100) == json.loads(text)
    took = {
        "a look every 100 chunks": cpu(partial(grow, pieces, 100)),
        "the step, sync": cpu(partial(drain, JsonFrames(), pieces)),
        "the step, async": cpu(lambda: asyncio.run(adrain(JsonFrames(), pieces))),
    }
    print(took)
    assert max(took.values()) < BUDGET


@pytest.mark.parametrize("shape", SHAPES)
def test_no_shape_of_200_kb_takes_much_longer(shape: str) -> None:
    took = cpu(partial(grow, chunks(SHAPES[shape]), 100))
    print(f"{shape}: {took:.2f} s")
    assert took < BUDGET


def test_it_is_a_hundred_times_cheaper_than_json_output_parser_at_20_kb() -> None:
    theirs, ours = ratio()
    print(f"JsonOutputParser {theirs:.2f} s, ours {ours:.4f} s: {theirs / ours:.0f} times")
    assert theirs / ours >= 100


def test_memory_grows_with_the_document() -> None:
    small, large = (chunks(document(size)) for size in (50_000, 200_000))
    grow(small, 100)  # what is imported and compiled once isn't counted
    once, four_times = peak(partial(grow, small, 100)), peak(partial(grow, large, 100))
    print(f"{once / 1e6:.2f} MB for 50 KB, {four_times / 1e6:.2f} MB for 200 KB")
    assert four_times < 6 * once
    assert four_times < 100 * 200_000
