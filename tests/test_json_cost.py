"""What reading costs grows with the document and no faster: in steps and bytes, whatever the machine does."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from tests.bench.json_parsing import SHAPES, chunks, document, grow, peak

USUAL = {"the usual": document(50_000)}
# Chunks a look.
FRAME = 100


def steps(work: Callable[[], Any]) -> int:
    """Functions called, Python's own included."""
    counted = 0

    def count(frame: object, event: str, argument: object) -> None:
        nonlocal counted
        counted += event in {"call", "c_call"}

    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(None)
    return counted


@pytest.mark.parametrize("shape", [*USUAL, *SHAPES])
def test_steps(shape: str) -> None:
    whole = {**USUAL, **SHAPES}[shape][:50_000]
    quarter = whole[:12_500]
    grow(chunks(quarter), FRAME)  # what is imported and compiled once isn't counted
    less, all_ = (steps(partial(grow, chunks(text), FRAME)) for text in (quarter, whole))
    print(f"{shape}: {less:,} and {all_:,}")
    assert all_ < 5 * less
    assert all_ < 40 * len(whole)


def test_memory() -> None:
    small, large = (chunks(document(size)) for size in (50_000, 200_000))
    grow(small, FRAME)
    once, four_times = peak(partial(grow, small, FRAME)), peak(partial(grow, large, FRAME))
    print(f"{once / 1e6:.2f} MB for 50 KB, {four_times / 1e6:.2f} MB for 200 KB")
    assert four_times < 6 * once
    assert four_times < 100 * 200_000
