"""When a reader's thread wakes the loop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextvars import Context
from typing import TypeVarTuple

from components.streaming import Trace
from components.streaming.pacing import ChunkBuffer, Live, Pacer
from components.streaming.records import Chunk

Args = TypeVarTuple("Args")


class Loop(asyncio.SelectorEventLoop):
    """Counts how often a thread wakes it."""

    woken = 0

    def call_soon_threadsafe(
        self, callback: Callable[[*Args], object], *args: *Args, context: Context | None = None
    ) -> asyncio.Handle:
        self.woken += 1
        return super().call_soon_threadsafe(callback, *args, context=context)


def put(buffer: ChunkBuffer, *texts: str) -> None:
    """From a thread, to its end."""

    def work() -> None:
        for text in texts:
            buffer.push(text)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()


def test_a_thread_wakes_the_loop_only_where_it_waits() -> None:
    async def frames() -> None:
        loop, buffer, pacer = asyncio.get_running_loop(), ChunkBuffer(Trace()), Pacer(Live(), drawing=1.0)
        assert isinstance(loop, Loop)
        first = asyncio.create_task(pacer.next_is_due(buffer))
        await asyncio.sleep(0)
        put(buffer, "", "one", "two")
        assert loop.woken == 1
        assert await first
        came = [chunk.text for chunk in buffer.frame().records if isinstance(chunk, Chunk)]
        assert came == ["", "one", "two"]

        # A text so long that the next frame is due only in some seconds.
        pacer.shown(0.0, 1000)
        next_ = asyncio.create_task(pacer.next_is_due(buffer))
        await asyncio.sleep(0)
        put(buffer, *map(str, range(100)))
        assert loop.woken == 1
        assert len(buffer.frame().records) == 100

        buffer.end()
        assert not await next_
        assert not await pacer.next_is_due(buffer)

    with asyncio.Runner(loop_factory=Loop) as runner:
        runner.run(frames())


async def test_the_end_waits_for_no_frame() -> None:
    buffer, pacer = ChunkBuffer(Trace()), Pacer(Live())
    pacer.shown(100.0)
    due = asyncio.create_task(pacer.next_is_due(buffer))
    await asyncio.sleep(0)
    buffer.end()
    buffer.end()
    async with asyncio.timeout(60):
        assert not await due


async def test_what_is_no_text_wakes_it_too() -> None:
    buffer = ChunkBuffer(Trace())
    tells = (buffer.notify, lambda: buffer.announce("queued", place=1))
    for tell in (*tells, lambda: buffer.announce("retry"), lambda: buffer.announce("opening")):
        waiting = asyncio.create_task(buffer.wait())
        await asyncio.sleep(0)
        assert not waiting.done()
        tell()
        await waiting
        assert len(buffer.frame().records) <= 1
