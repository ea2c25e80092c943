"""How late the loop came."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any

import pytest

from components.streaming.run import OFTEN, LoopLagMeter


class Idle(selectors.DefaultSelector):
    """Waits for nothing: the time that it is told to wait has passed."""

    passed = 0.0

    def select(self, timeout: float | None = None) -> Any:
        self.passed += timeout or 0.0
        return super().select(0)


class Loop(asyncio.SelectorEventLoop):
    """One whose clock goes on only where it waits, or is held up."""

    def __init__(self) -> None:
        self.idle = Idle()
        super().__init__(self.idle)

    def time(self) -> float:
        return self.idle.passed

    def held_up(self, seconds: float) -> None:
        self.idle.passed += seconds


def on_it(work: Coroutine[Any, Any, float]) -> float:
    with asyncio.Runner(loop_factory=Loop) as runner:
        return runner.run(work)


@pytest.mark.parametrize(
    ("before", "over", "late"),
    [
        (0.0, False, 0.4 - OFTEN),  # it was to look after OFTEN seconds, and looks as it is left
        (3.5 * OFTEN, False, 0.4 - OFTEN / 2),
        (3.5 * OFTEN, True, 0.0),  # it was over when it looked first
    ],
)
def test_a_loop_that_was_held_up_is_late_by_as_much(before: float, over: bool, late: float) -> None:
    async def held() -> float:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, Loop)
        with LoopLagMeter(lambda: over) as meter:
            await asyncio.sleep(before)
            loop.held_up(0.4)
        return meter.seconds

    assert on_it(held()) == pytest.approx(late)


def test_a_free_loop_is_not() -> None:
    async def free() -> float:
        with LoopLagMeter(lambda: False) as meter:
            await asyncio.sleep(1)
        return meter.seconds

    assert on_it(free()) == pytest.approx(0)
