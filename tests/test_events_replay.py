"""A replayed run is the live one: row by row, run by run, text and report; at any pace, from any moment."""

from __future__ import annotations

import asyncio
import json
import math
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from langchain_core.callbacks import adispatch_custom_event
from langchain_core.language_models import BaseChatModel
from langchain_core.runnables import Runnable, RunnableLambda

from components.streaming import Connection, Live, Stop, Verdict
from components.streaming.events import Events
from components.streaming.replay import replay
from components.streaming.trace import Asked, RunFile, open_run_file
from tests.event_runs import (
    EventFrame,
    Recorder,
    Shown,
    event_frames,
    live,
    over_openai,
    show,
    shown,
    state_at,
)
from tests.runs import openai
from tests.servers.openai_api import OpenAIServer
from tests.servers.openai_plan import ENDLESS


def with_steps(model: BaseChatModel) -> Runnable[str, str]:
    async def look_up(question: str) -> str:
        await adispatch_custom_event("found", {"documents": 2})
        return f"about {question}"

    return RunnableLambda(look_up) | model | (lambda message: message.text.upper())


# A run's source and what is asked of it; "stop" is stopped when text has come.
RUNS: dict[str, tuple[Callable[[str], Callable[[], Connection]], Asked]] = {
    "whole": (lambda url: openai(url, "chunks=60,rate=100"), Asked()),
    "steps": (lambda url: over_openai(url, "chunks=10", with_steps, "rivers"), Asked()),
    "failed": (lambda url: openai(url, "drop_after=5"), Asked()),
    "retried": (lambda url: openai(url, "500,fail_times=1,id=events-replay"), Asked()),
    "retried too": (lambda url: openai(url, "500,fail_times=1,id=events-silence"), Asked()),
    "refused": (lambda url: openai(url, "401"), Asked()),
    "stopped": (lambda url: openai(url, ENDLESS), Asked()),
    "filtered": (lambda url: openai(url, "chunks=10"), Asked(include_types=("chat_model", "parser"))),
    "tools": (lambda url: openai(url, "chunks=10,text=emoji"), Asked(exclude_types=("chat_model",))),
    "long": (lambda url: openai(url, "chunks=2500"), Asked()),
}


async def recorded(server: OpenAIServer, path: Path, name: str) -> tuple[Shown, Recorder, RunFile]:
    opened, asked = RUNS[name]
    stop = Stop()

    def look(page: Shown) -> None:
        if name == "stopped" and len(page.text) > 50:
            stop.set()

    recorder = Recorder(asked=asked, path=path)
    page = await live(opened(server.base_url), recorder, stop=stop, seen=look)
    return page, recorder, open_run_file(path)


def check_same(one: Shown, other: Shown) -> None:
    """Two pages, one row after the other and one run after the other."""
    for row, same in zip(one.rows, other.rows, strict=True):
        assert row == same
    assert list(one.nodes) == list(other.nodes)
    for node, same in zip(one.nodes.values(), other.nodes.values(), strict=True):
        assert node == same
    assert one.text == other.text
    assert one.report == other.report
    assert one.frames[-1].total == other.frames[-1].total


@pytest.mark.parametrize("name", [name for name in RUNS if name not in {"long", "retried too"}])
async def test_at_once_it_is_the_same(openai_server: OpenAIServer, tmp_path: Path, name: str) -> None:
    page, recorder, run_file = await recorded(openai_server, tmp_path / "run.jsonl", name)
    view = Events()
    again = await show(event_frames(replay(run_file, speed=math.inf), view))

    check_same(page, again)
    numbers = range(1, view.last + 1)
    assert [view.line(n) for n in numbers] == [recorder.log.line(n) for n in numbers]
    assert run_file.damage is None
    # One fresh frame with everything.
    check_same(page, shown([await state_at(run_file, math.inf)]))


async def test_a_long_one_at_once(openai_server: OpenAIServer, tmp_path: Path) -> None:
    """More rows than the log keeps."""
    page, _, run_file = await recorded(openai_server, tmp_path / "run.jsonl", "long")
    again = await show(event_frames(replay(run_file, speed=math.inf)))

    assert len(page.rows) == page.frames[-1].total > 7000
    last = again.frames[-1]
    assert last.dropped == page.frames[-1].dropped > 0
    assert again.rows == [page.rows[row["n"] - 1] for row in again.rows]
    assert again.nodes == page.nodes
    assert again.text == page.text
    assert again.report == page.report


@pytest.mark.parametrize("speed", [1.0, 4.0])
async def test_at_its_own_pace(openai_server: OpenAIServer, tmp_path: Path, speed: float) -> None:
    page, _, run_file = await recorded(openai_server, tmp_path / "run.jsonl", "whole")
    arrived: list[tuple[float, float]] = []
    began = time.perf_counter()

    def look(seen: Shown) -> None:
        frame = seen.frames[-1]
        arrived.extend((row["at"], time.perf_counter() - began) for row in frame.rows)
        assert all(row["at"] <= frame.at for row in frame.rows)

    again = await show(event_frames(replay(run_file, speed=speed, live=Live())), look)

    check_same(page, again)
    for at, seen_at in arrived:
        assert seen_at >= at / speed - 0.001
    assert [frame.at for frame in again.frames] == sorted(frame.at for frame in again.frames)


async def test_a_state_is_what_had_come_by_then(openai_server: OpenAIServer, tmp_path: Path) -> None:
    page, _, run_file = await recorded(openai_server, tmp_path / "run.jsonl", "failed")
    moments = [row["at"] for row in page.rows]
    for at in [-1.0, 0.0, *moments[1::7], run_file.seconds / 2, run_file.seconds, 1e9]:
        frame = await state_at(run_file, at)
        state = shown([frame])
        assert frame.last == (at >= run_file.seconds)
        assert state.rows == [row for row in page.rows if row["at"] <= at]
        assert page.text.startswith(state.text)
        for run, node in state.nodes.items():
            live_node = page.nodes[run]
            assert node["ticks"] == [tick for tick in live_node["ticks"] if tick <= at]
            assert node["start"] == live_node["start"] <= at
            ended = live_node["end"] <= at
            assert node["state"] == (live_node["state"] if ended else "open")
            assert node["end"] == (live_node["end"] if ended else None)


async def test_played_from_the_middle(openai_server: OpenAIServer, tmp_path: Path) -> None:
    page, _, run_file = await recorded(openai_server, tmp_path / "run.jsonl", "whole")
    middle = run_file.seconds / 2
    began = time.perf_counter()
    again = await show(event_frames(replay(run_file, start=middle, speed=2.0)))

    check_same(page, again)
    first = again.frames[0]
    assert first.total == (await state_at(run_file, first.at)).total
    assert first.at >= middle
    assert time.perf_counter() - began >= middle / 2 - 0.01
    check_same(page, await show(event_frames(replay(run_file, start=1e9))))


async def test_stop_ends_a_replay(openai_server: OpenAIServer, tmp_path: Path) -> None:
    """The run itself wasn't stopped: what is open stays open, and there is no report."""
    _, _, run_file = await recorded(openai_server, tmp_path / "run.jsonl", "whole")
    stop = Stop()
    again = await show(
        event_frames(replay(run_file, start=run_file.seconds / 2, speed=0.001, stop=stop)),
        lambda page: stop.set() if len(page.frames) > 2 else None,
        ends=False,
    )
    assert again.frames[-1].report is None
    assert "open" in again.states().values()
    assert set(again.states().values()) <= {"open", "ended"}


async def test_the_clock_goes_on_in_silence(openai_server: OpenAIServer, tmp_path: Path) -> None:
    """Frames tell the time of the run though nothing comes, and repeat nothing."""
    page, _, run_file = await recorded(openai_server, tmp_path / "run.jsonl", "retried too")
    (retry,) = [row for row in page.rows if row["event"] == "lab_retry"]
    stop, silent = Stop(), list[EventFrame]()

    def look(seen: Shown) -> None:
        *before, frame = seen.frames
        if before and retry["at"] < frame.at < retry["at"] + retry["data"]["seconds"]:
            silent.append(frame)
            stop.set()

    # So slowly that it lasts for a minute.
    replayed = replay(run_file, start=retry["at"], speed=0.01, stop=stop)
    await show(event_frames(replayed), look, ends=False)
    assert [frame.rows for frame in silent][:1] == [[]]


async def test_a_clock_that_jumped_is_not_waited_for(openai_server: OpenAIServer, tmp_path: Path) -> None:
    """By hours, twice; what came is what it was."""
    path = tmp_path / "run.jsonl"
    page, _, _ = await recorded(openai_server, path, "whole")
    header, *lines = path.read_text("utf-8").splitlines()
    told = [json.loads(line) for line in lines]
    late = [
        {**one, "at": one["at"] + 9_000 * (number > 4) + 9_000 * (number > 30)} if "at" in one else one
        for number, one in enumerate(told)
    ]
    path.write_text("\n".join([header, *map(json.dumps, late)]) + "\n", "utf-8")
    run_file = open_run_file(path)
    again = await show(event_frames(replay(run_file, patience=0.1)))
    assert run_file.seconds > 18_000
    assert again.text == page.text
    assert again.frames[-1].report is not None


async def test_a_crashed_one_never_ended(openai_server: OpenAIServer, tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    await recorded(openai_server, path, "whole")
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:20]) + lines[20][:20])
    run_file = open_run_file(path)
    again = await show(event_frames(replay(run_file, speed=math.inf)))

    assert (run_file.report, run_file.damage) == (None, None)
    assert again.frames[-1].report is None
    assert again.frames[-1].total == sum(
        b'"lane":"event"' in line or b'"attempt"' in line for line in lines[2:20]
    )
    assert again.states()["ChatOpenAI"] == "never_ended"
    assert again.named("ChatOpenAI")["end"] is None


async def test_a_closed_replay_lets_go_of_its_file(openai_server: OpenAIServer, tmp_path: Path) -> None:
    """An unclosed file is a warning, and a warning is an error here."""
    _, _, run_file = await recorded(openai_server, tmp_path / "run.jsonl", "whole")
    every = Live()
    frames = replay(run_file, live=every)
    await anext(frames)
    await frames.aclose()
    task = asyncio.create_task(show(event_frames(replay(run_file, speed=0.01, live=every))))
    await asyncio.sleep(0.1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert every.count == 0


@pytest.mark.parametrize("speed", [0.0, -1.0, math.nan])
async def test_no_such_speed(openai_server: OpenAIServer, tmp_path: Path, speed: float) -> None:
    _, _, run_file = await recorded(openai_server, tmp_path / "run.jsonl", "refused")
    assert run_file.report is not None
    assert run_file.report.verdict is Verdict.FAILED
    with pytest.raises(ValueError, match="above 0"):
        await show(event_frames(replay(run_file, speed=speed)))
