"""Chunks become frames: where they wait for the next one, and when it is due.

A frame is a choice of the view, made outside the chain.
"""

import asyncio
import math
import time
from contextlib import suppress
from typing import Any, Self

from components.streaming.frame import Frame
from components.streaming.records import Chunk, PartKind, PhaseName
from components.streaming.trace import Trace

# Twenty frames a second read as continuous; Chromium takes about nine times as many.
INTERVAL = 0.05
LONGEST = 1.0
# Costly frames come less often, so that they take a thirtieth of the time; a dozen a second still look alive.
SHARE = 30
SMOOTH = 0.085
# Of a text so long that drawing it takes more than a second.
LONGEST_DRAWN = 4.0
# Beyond some sixteen live streams frames come less often the more there are: they take processor time from
# the reading of all of them. Together they are 310 a second at sixteen, 180 at fifty, 125 at a hundred: the
# interval is so many seconds, times the number of streams to the power of 1.5.
CROWDING = 0.0008
# Seconds that a reader rests when it has the first text: where a model says all at once, the loop would have
# to wait for the GIL at each step until that text is sent.
FIRST = 0.01
# From here on readers rest from time to time; threads that hold the GIL in turn would starve the loop.
CROWD = 8
# The part of a period that belongs to the event loop; a period is as long as an interval, all readers' alike.
QUIET = 0.2
# The same while many of the runs are new: begun at most `NEW` seconds ago, and without a text that is shown.
# What they wait for is done on the loop.
QUIET_FOR_NEW = 0.8
NEW = 1.0


class Live:
    """How many runs are under way in this process. Used from the event loop only."""

    def __init__(self) -> None:
        self.count = 0
        self.new = 0

    @property
    def quiet(self) -> float:
        """The part of a period in which readers rest."""
        return QUIET_FOR_NEW if 4 * self.new > self.count else QUIET

    @property
    def interval(self) -> float:
        """Seconds between two frames of a run that cost nothing."""
        return min(max(INTERVAL, CROWDING * math.pow(self.count, 1.5)), LONGEST)


class ChunkBuffer:
    """Puts chunks, and what else is to be shown, into the run's trace.

    A chunk wakes the loop only where it waits for one: waking it costs more than reading a chunk.
    """

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self._loop = asyncio.get_running_loop()
        # There is something to take; set on the loop, for the one who waits for it.
        self._woken = asyncio.Event()
        self._some = False
        self._waiting = False
        # Has its result when nothing more comes.
        self.ended: asyncio.Future[None] = self._loop.create_future()
        # More than white space.
        self.has_text = False
        # Text, a thought or a call of a tool.
        self.has_content = False
        # Of all chunks, those with nothing in them, too.
        self.kinds: set[PartKind] = set()

    def push(self, text: str, kind: PartKind = "text", *, rested: float = 0.0, **of: Any) -> None:
        """From any thread. `rested`: seconds the reader has slept so far without waiting for the model; `of`:
        what else a `Chunk` has. One that is `heard` counts, but there is nothing to show.
        """
        chunk = Chunk(self.trace.now(), round(time.thread_time() + rested, 6), text, kind, **of)
        self.trace.add(chunk)
        self.kinds.add(kind)
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

    def end(self) -> None:
        """From the loop: nothing more comes."""
        if not self.ended.done():
            self.ended.set_result(None)
        self._woken.set()

    async def wait(self) -> None:
        """Until there is something to take, or the end."""
        self._waiting = True  # before it is looked whether there is: a chunk may come in between
        while not self._some and not self.ended.done():
            self._woken.clear()
            await self._woken.wait()
        self._waiting = False

    def frame(self) -> Frame:
        """With everything that has come since the one before."""
        # The flag first: a chunk put in between ends the next wait once too often, never once too seldom.
        self._some = False
        return self.trace.frame()


class Pacer:
    """When the next frame of one run is due; as a context, as long as the run goes on."""

    def __init__(
        self, live: Live, *, drawing: float = 0.0, interval: float = INTERVAL, silence: float | None = None
    ) -> None:
        """`drawing`: seconds that the view needs to draw a character, if it draws all of a part with every
        frame: frames get rarer as it grows, so that it is done half of the time.

        `interval`: seconds between two frames where nothing makes them rarer; `silence`: seconds after which
        one comes with nothing in it but what the wire brought.
        """
        self._live = live
        self._least = interval
        self._silence = silence
        self._drawing = drawing
        self._due = 0.0
        self._cost = 0.0
        self._some = False
        self._new: asyncio.TimerHandle | None = None

    def __enter__(self) -> Self:
        """Its run begins."""
        self._live.count += 1
        self._live.new += 1
        self._new = asyncio.get_running_loop().call_later(NEW, self._known)
        return self

    def __exit__(self, *exc: object) -> None:
        self._live.count -= 1
        self._known()

    def _known(self) -> None:
        if self._new is not None:
            self._new.cancel()
            self._new = None
            self._live.new -= 1

    @property
    def interval(self) -> float:
        """Seconds between two frames: longer when frames are costly or many streams are live."""
        seldom = max(min(SHARE * self._cost, SMOOTH), 2 * self._cost)
        return min(max(self._least, self._live.interval, seldom), LONGEST)

    def wait(self) -> float:
        """Seconds until the next frame is due, 0 if it is due now."""
        return max(0.0, self._due - time.perf_counter())

    async def next_is_due(self, buffer: ChunkBuffer) -> bool:
        """Wait until a frame can be shown; False when the next one is the last.

        The first is due after an interval even if there is nothing to show: the view then says that it waits.
        A text that comes sooner is the first. That is a frame less for each of many who begin at once.
        """
        # Until it is due nothing but the end is of interest, and no chunk wakes the loop.
        if seconds := self.wait():
            await asyncio.wait([buffer.ended], timeout=seconds)
        longest = self._silence if self._some else self.interval
        self._some = True
        with suppress(TimeoutError):
            async with asyncio.timeout(longest):
                await buffer.wait()
        return not buffer.ended.done()

    def shown(self, cost: float, length: int = 0) -> None:
        """A frame of `length` characters was taken by the view, which needed `cost` seconds for it.

        What a browser draws later is no part of the cost: of a long text its frames would come faster than it
        can draw them, and the last one after all of those.
        """
        self._known()
        self._cost += (cost - self._cost) / 4
        drawn = min(2 * self._drawing * length, LONGEST_DRAWN)
        self._due = time.perf_counter() + max(self.interval, drawn)

    def rest(self, *, first: bool = False) -> float:
        """Seconds for which a reader's thread should let the loop run; asked at chunks.

        0 without a crowd, but for the one with the first text.

        All readers rest at the same time. One that runs is enough to make the loop wait at each of its system
        calls, of which a frame has several; once none does, the loop sends the frames of all of them. What
        comes meanwhile is read in one go.
        """
        least = FIRST if first else 0.0
        if self._live.count < CROWD:
            return least
        period = self._live.interval
        return max(least, self._live.quiet * period - time.perf_counter() % period)
