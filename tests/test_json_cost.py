"""What reading costs, as promised; generous to a busy machine, which process CPU hardly feels."""

from __future__ import annotations

import asyncio
import json
from functools import partial
from time import process_time

import pytest
from langchain_core.output_parsers import JsonOutputParser

from components.streaming.json.frames import JsonFrames
from tests.bench.json_parsing import SHAPES, adrain, chunks, cpu, document, drain, grow, peak

pytestmark = pytest.mark.slow

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
    """Theirs is left alone once it has taken so long: all of it takes three times as long again."""
    pieces = chunks(document(20_000))
    ours = min(cpu(partial(grow, pieces, 100)) for _ in range(3))
    values, read = JsonOutputParser().transform(iter(pieces)), 0
    began = process_time()
    while (theirs := process_time() - began) < 100 * ours and next(values, None) is not None:
        read += 1
    print(f"JsonOutputParser {theirs:.2f} s for {read} values and not all yet, ours {ours:.4f} s for all")
    assert theirs >= 100 * ours


def test_memory_grows_with_the_document() -> None:
    small, large = (chunks(document(size)) for size in (50_000, 200_000))
    grow(small, 100)  # what is imported and compiled once isn't counted
    once, four_times = peak(partial(grow, small, 100)), peak(partial(grow, large, 100))
    print(f"{once / 1e6:.2f} MB for 50 KB, {four_times / 1e6:.2f} MB for 200 KB")
    assert four_times < 6 * once
    assert four_times < 100 * 200_000
