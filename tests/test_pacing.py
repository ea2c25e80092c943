"""Frames get rarer when they cost much or many runs are live; readers rest only in a crowd."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

import pytest

from components.streaming import READERS, pacing, run
from components.streaming.pacing import (
    CROWD,
    CROWDING,
    INTERVAL,
    LONGEST,
    LONGEST_DRAWN,
    NEW,
    QUIET,
    QUIET_FOR_NEW,
    SHARE,
    SMOOTH,
    Live,
    Pacer,
)
from tests.runs import openai
from tests.servers.openai_api import OpenAIServer
from tests.servers.openai_plan import pieces


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """Whose `now` goes on when a test says so."""
    clock = SimpleNamespace(now=100.0)
    monkeypatch.setattr(pacing, "time", SimpleNamespace(perf_counter=lambda: clock.now))
    return clock


def pacer(count: int = 1) -> Pacer:
    live = Live()
    live.count = count
    return Pacer(live)


@pytest.mark.usefixtures("clock")
def test_the_first_frame_is_due_at_once_and_the_next_is_not() -> None:
    paced = pacer()
    assert paced.wait() == 0
    paced.shown(cost=0)
    assert paced.wait() == pytest.approx(INTERVAL)


@pytest.mark.parametrize("count", [1, 20, 100, 10_000])
def test_the_interval_grows_with_the_runs(count: int) -> None:
    assert pacer(count).interval == pytest.approx(min(LONGEST, max(INTERVAL, CROWDING * count**1.5)))


def test_the_interval_grows_with_what_frames_cost_and_shrinks_again() -> None:
    paced = pacer()
    for _ in range(30):
        paced.shown(cost=0.2)
    assert paced.interval == pytest.approx(0.4, rel=0.05)
    for _ in range(30):
        paced.shown(cost=0)
    assert paced.interval == INTERVAL
    for _ in range(30):
        paced.shown(cost=60)
    assert paced.interval == LONGEST


@pytest.mark.parametrize(
    ("cost", "interval"), [(0.001, INTERVAL), (0.0025, SHARE * 0.0025), (0.01, SMOOTH), (0.04, SMOOTH)]
)
def test_frames_are_a_small_part_of_the_work_as_long_as_they_read_as_continuous(
    cost: float, interval: float
) -> None:
    paced = pacer()
    for _ in range(40):
        paced.shown(cost)
    assert paced.interval == pytest.approx(interval, rel=0.05)


@pytest.mark.usefixtures("clock")
def test_a_view_may_want_fewer_frames() -> None:
    few = Pacer(Live(), interval=0.08)
    few.shown(cost=0)
    assert few.interval == 0.08
    assert few.wait() == pytest.approx(0.08)


@pytest.mark.usefixtures("clock")
def test_frames_get_rarer_as_a_text_grows_that_is_drawn_anew_each_time() -> None:
    for length, seconds in ((0, INTERVAL), (1_000, INTERVAL), (100_000, 1.0), (10**9, LONGEST_DRAWN)):
        drawn = Pacer(Live(), drawing=5e-6)
        drawn.shown(cost=0, length=length)
        assert drawn.wait() == pytest.approx(seconds)
        appended = Pacer(Live())
        appended.shown(cost=0, length=length)
        assert appended.wait() == pytest.approx(INTERVAL)


async def test_readers_rest_longer_while_many_are_new() -> None:
    live = Live()
    paced = [Pacer(live) for _ in range(CROWD)]
    live.count = 2 * CROWD
    for one in paced:
        one.__enter__()
    assert live.quiet == QUIET_FOR_NEW
    for one in paced[:-1]:
        one.shown(cost=0)
        one.shown(cost=0)  # which is not new any more
    assert live.new == 1
    assert live.quiet == QUIET
    paced[-1].__exit__()  # it has ended without a text
    assert live.new == 0
    with paced[0]:
        assert live.new == 1
    assert live.new == 0


async def test_who_shows_no_text_is_not_new_for_ever() -> None:
    live = Live()
    with Pacer(live):
        assert live.new == 1
        await asyncio.sleep(NEW + 0.1)
        assert live.new == 0
    assert live.new == 0


def test_readers_rest_only_in_a_crowd_and_all_at_the_same_time(clock: SimpleNamespace) -> None:
    alone, some = pacer(CROWD - 1), [pacer(CROWD) for _ in range(3)]
    ends = set()
    for step in range(200):  # four periods
        clock.now = 100 + step * INTERVAL / 50
        assert alone.rest() == 0
        (rest,) = {paced.rest() for paced in some}
        assert rest <= QUIET * INTERVAL
        ends |= {round(clock.now + rest, 6)} if rest else set()
    assert 4 <= len(ends) <= 5, "until the same moment, once in each period"


async def test_live_counts() -> None:
    live = Live()
    with Pacer(live), Pacer(live):
        assert live.count == 2
    assert live.count == 0


@pytest.mark.parametrize("method", ["stream", "astream", "astream_events"])
async def test_a_slow_view_gets_few_frames_and_all_of_the_text(
    openai_server: OpenAIServer, method: str
) -> None:
    frames, model = [], f"chunks=100,rate=100,id=slow-{method}"
    async for frame in run(openai(openai_server.base_url, model), READERS[method]):
        frames.append(frame)
        # A browser so far away that all has been sent by then.
        await asyncio.to_thread(openai_server.wait_for, lambda entry: entry.finished is not None, model)

    print(f"{method}: {len(frames)} frames")
    assert frames[-1].text == "".join(pieces("lorem", 100))
    assert len(frames) <= 6
