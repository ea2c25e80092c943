"""Where a reader, in a thread or on the loop, leaves its chunks for the one who draws frames."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from components.streaming.records import Chunk, PartKind, PhaseName, Record
from components.streaming.trace import Trace


class ChunkBuffer:
    """Puts chunks, and what else is to be shown, into the run's trace.

    A chunk wakes the loop only where it waits for one: waking it costs more than reading a chunk.
    """

    def __init__(self, trace: Trace | None = None) -> None:
        self.trace = trace or Trace()
        self._loop = asyncio.get_running_loop()
        # There is something to take; set on the loop, for the one who waits for it.
        self._woken = asyncio.Event()
        self._some = False
        self._waiting = False
        self._ended: asyncio.Future[None] = self._loop.create_future()
        # More than white space.
        self.has_text = False
        # Text, a thought or a call of a tool.
        self.has_content = False
        self.called = self.thought = False
        self.place = 0

    def push(self, text: str, kind: PartKind = "text", *, rested: float = 0.0, **of: Any) -> None:
        """From any thread. `rested`: seconds the reader has slept so far without waiting for the model; `of`:
        what else a `Chunk` has. One that is `heard` counts, but there is nothing to show.
        """
        chunk = Chunk(self.trace.now(), round(time.thread_time() + rested, 6), text, kind, **of)
        self.trace.add(chunk)
        self.called = self.called or kind == "tool_call"
        self.thought = self.thought or kind == "reasoning"
        # Models begin and end with empty chunks.
        if not chunk.some:
            return
        self.has_text = self.has_text or (kind in ("text", "line") and not text.isspace())
        self.has_content = True
        if chunk.heard:
            return
        self._some = True
        if self._waiting:
            self._waiting = False
            self._loop.call_soon_threadsafe(self._woken.set)

    def notify(self) -> None:
        """From the loop: there is something to show that isn't text."""
        if not self._some:
            self._some = True
            self._woken.set()

    def announce(self, phase: PhaseName, **told: Any) -> None:
        """From the loop: a phase of the run that is to be shown."""
        self.trace.phase(phase, **told)
        self.notify()

    def set_place(self, place: int) -> None:
        """From the loop: its place in the line of runs that wait; 0 when it is its turn."""
        if place != self.place:
            self.place = place
            self.announce("queued", place=place)

    def end(self) -> None:
        """From the loop: nothing more comes."""
        if not self._ended.done():
            self._ended.set_result(None)
        self._woken.set()

    @property
    def ended(self) -> bool:
        return self._ended.done()

    async def wait(self) -> None:
        """Until there is something to take, or the end."""
        self._waiting = True  # before it is looked whether there is: a chunk may come in between
        while not self._some and not self.ended:
            self._woken.clear()
            await self._woken.wait()
        self._waiting = False

    async def wait_for_end(self, seconds: float) -> None:
        """Until the end, at most `seconds`."""
        await asyncio.wait([self._ended], timeout=seconds)

    def take(self) -> list[Record]:
        """Everything that has come since the last time."""
        # The flag first: a chunk put in between ends the next wait once too often, never once too seldom.
        self._some = False
        return self.trace.take()
