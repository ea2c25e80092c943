"""What the server holds for visitors who have left: nothing, a while later."""

from __future__ import annotations

import asyncio
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import gradio as gr
import httpx
import psutil

from components.gradio_internals.shared_config import Sessions
from components.providers import registry
from components.runs.lab import Lab
from components.settings import Settings
from components.tabs import page
from tests.app_process import App, running
from tests.visitors import Served, Visitor

VISITORS = 250
AT_ONCE = 50
# Every so many of them runs the Events tab, which writes a file; the others chat.
LOOKS_AT_EVENTS = 10
# What an allocator keeps for later is less.
LEAKED = 0.15e6
# Bytes. Gradio's own are twenty times as large.
SESSION = 30_000


async def visit(http: httpx.AsyncClient, run_events: int, number: int) -> str:
    """Their session."""
    visitor = Visitor(http)
    async with visitor.here():
        if number % LOOKS_AT_EVENTS == 0:
            asked = ("hello", "chat", None, None, *[""] * 6)
            said = [message async for message in visitor.does(run_events, *asked)]
            assert said[-1]["msg"] == "process_completed"
            assert said[-1]["success"], said[-1]
        else:
            texts = [text async for text in visitor.chats("hello")]
            assert texts[-1] == "**Streaming** means"
    return visitor.session


async def crowd(app: App) -> list[str]:
    """They come, some at a time, and go; their sessions."""
    left = asyncio.Semaphore(AT_ONCE)
    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(base_url=app.url, timeout=60, limits=limits) as http:
        run_events = (await Served.at(http)).event("run-events", "click")

        async def one(number: int) -> str:
            async with left:
                return await visit(http, run_events, number)

        return await asyncio.gather(*map(one, range(VISITORS)))


def known(app: App, sessions: list[str]) -> list[str]:
    """Those that the server still has: of these it would make a link."""
    with httpx.Client(base_url=f"{app.url}/gradio_api") as http:
        links = {one: http.get("/deep_link", params={"session_hash": one}).json() for one in sessions}
    return [session for session, link in links.items() if link]


def memory(app: App) -> int:
    """Bytes."""
    return int(psutil.Process(app.process.pid).memory_info().rss)


async def eventually(true: Callable[[], bool], why: Callable[[], str], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, why()
        await asyncio.sleep(0.05)


async def test_five_hundred_visitors_come_and_go(tmp_path: Path) -> None:
    environment = {"PROVIDER": "scripted", "MAX_TOKENS": "4"}
    with running(FORGET_SECONDS="1", TMPDIR=str(tmp_path), **environment) as app:

        def no_files() -> bool:
            return not list(tmp_path.glob("streaming-lab-*"))

        fresh = memory(app)
        crowded = await crowd(app)
        await eventually(no_files, lambda: "run files of visitors who left are still there")
        await eventually(
            lambda: not known(app, crowded[::10]), lambda: "sessions of visitors who left are there"
        )
        first = memory(app)
        await crowd(app)
        most = first + VISITORS * LEAKED
        await eventually(lambda: memory(app) < most, lambda: f"{first} bytes became {memory(app)}")
        await eventually(no_files, lambda: "run files of visitors who left are still there")
        print(*(f"{size / 1e6:.0f} MB" for size in (fresh, first, memory(app))))
        assert "Traceback" not in app.log()


async def test_a_session_is_small_and_its_own() -> None:
    """On a loop: Gradio would make one, and never close it."""
    settings = Settings()
    lab = Lab(settings, registry(settings))
    blocks = page.build(lab, page.words())
    sessions = Sessions(blocks)
    one, other = sessions["one"], sessions["other"]
    box = next(block for block in blocks.blocks.values() if block.elem_id == "message")
    one[box._id] = gr.Textbox("PLANTED", render=False)
    one._update_value_in_config(box._id, "PLANTED")
    assert one[box._id].value == "PLANTED"
    assert other[box._id] is sessions["a third"][box._id] is box
    for session in (one, other):
        told = list(session.components)
        assert [config["id"] for config in told] == [config["id"] for config in blocks.config["components"]]
        assert "PLANTED" not in str(told)

    tracemalloc.start()
    try:
        for number in range(100):
            assert sessions[f"visitor {number}"]
        each = tracemalloc.get_traced_memory()[0] / 100
    finally:
        tracemalloc.stop()
    print(f"{each:.0f} bytes a session")
    assert each < SESSION
