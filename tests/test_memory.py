"""What the server holds for visitors who have left: nothing, a while later."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import psutil

from tests.app_process import App, running
from tests.visitors import Served, Visitor

VISITORS = 150
AT_ONCE = 50
# Every so many of them runs the Events tab, which writes a file; the others chat.
LOOKS_AT_EVENTS = 10
# What an allocator keeps for later is less, what Gradio holds for a session twice as much.
LEAKED = 0.15e6


async def visit(http: httpx.AsyncClient, run_events: int, number: int) -> None:
    visitor = Visitor(http)
    async with visitor.here():
        if number % LOOKS_AT_EVENTS == 0:
            asked = ("hello", "chat", "v2", None, None, *[""] * 6)
            said = [message async for message in visitor.does(run_events, *asked)]
            assert said[-1]["msg"] == "process_completed"
            assert said[-1]["success"], said[-1]
        else:
            texts = [text async for text in visitor.chats("hello")]
            assert texts[-1] == "**Streaming** means"


async def crowd(app: App) -> None:
    """They come, some at a time, and go."""
    left = asyncio.Semaphore(AT_ONCE)
    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(base_url=app.url, timeout=60, limits=limits) as http:
        run_events = (await Served.at(http)).event("run-events", "click")

        async def one(number: int) -> None:
            async with left:
                await visit(http, run_events, number)

        await asyncio.gather(*map(one, range(VISITORS)))


def memory(app: App) -> int:
    """Bytes."""
    return int(psutil.Process(app.process.pid).memory_info().rss)


async def eventually(true: Callable[[], bool], why: Callable[[], str], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, why()
        await asyncio.sleep(0.05)


async def test_three_hundred_visitors_come_and_go(tmp_path: Path) -> None:
    environment = {"PROVIDER": "scripted", "MAX_TOKENS": "4"}
    with running(FORGET_SECONDS="1", TMPDIR=str(tmp_path), **environment) as app:

        def no_files() -> bool:
            return not list(tmp_path.glob("streaming-lab-*"))

        fresh = memory(app)
        await crowd(app)
        await eventually(no_files, lambda: "run files of visitors who left are still there")
        first = memory(app)
        await crowd(app)
        most = first + VISITORS * LEAKED
        await eventually(lambda: memory(app) < most, lambda: f"{first} bytes became {memory(app)}")
        await eventually(no_files, lambda: "run files of visitors who left are still there")
        print(*(f"{size / 1e6:.0f} MB" for size in (fresh, first, memory(app))))
        assert "Traceback" not in app.log()
