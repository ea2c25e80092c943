"""How late the loop came."""

from __future__ import annotations

import asyncio
import time

from components.streaming.attempts import OFTEN, LoopLagMeter


def test_a_loop_that_was_held_up_is_late_by_as_much() -> None:
    async def held(before: float, over: bool) -> float:
        with LoopLagMeter(lambda: over) as late:
            await asyncio.sleep(before)
            time.sleep(0.4)  # noqa: ASYNC251  # nothing else is to run on the loop
        return late.seconds

    # It looks after OFTEN seconds, and last when it is left.
    assert 0.4 - 2 * OFTEN < asyncio.run(held(0, over=False)) < 2
    assert 0.4 - 2 * OFTEN < asyncio.run(held(3.5 * OFTEN, over=False)) < 2
    # It was over when it looked first.
    assert asyncio.run(held(3.5 * OFTEN, over=True)) < 0.3


def test_a_free_loop_is_not() -> None:
    async def free() -> float:
        with LoopLagMeter(lambda: False) as late:
            await asyncio.sleep(1)
        return late.seconds

    assert asyncio.run(free()) < 0.5
