"""One run that asks for JSON: the engine's frames, read as they come."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from components.runs.json_ask import JsonAsk, chain_for
from components.runs.json_check import settle
from components.runs.lab import Lab
from components.runs.source import open_source
from components.streaming import Connection, Frame, Stop, run
from components.streaming.json import GrowingJson, JsonVerdict, Snapshot, cut_by

if TYPE_CHECKING:
    from components.chains.json_beside import Passed

# Rows of the table of fields. All are counted.
ROWS = 300


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds of CPU for `looks` frames by our reader; what JsonOutputParser took, if it was chosen."""

    ours: float
    looks: int
    theirs: Passed | None


@dataclass(frozen=True, slots=True)
class JsonFrame:
    """`new` is the text that came since the frame before; `passed` what JsonOutputParser gave, if it runs.

    `verdict` and `cost` stand in the last frame.
    """

    frame: Frame
    new: str
    snapshot: Snapshot
    passed: Passed | None = None
    verdict: JsonVerdict | None = None
    cost: Cost | None = None


async def frames(lab: Lab, asked: JsonAsk, stop: Stop) -> AsyncIterator[JsonFrame]:
    """The text is whole a frame before the verdict is there, which takes a moment."""
    passed: Passed | None = None

    def prepare(connection: Connection) -> tuple[Any, Any]:
        from components.chains.json_beside import Passed

        nonlocal passed
        passed = Passed() if asked.parser == "chunks" else None
        return chain_for(connection, asked, passed), {"prompt": asked.ask.message}

    def opened() -> Connection:
        return open_source(lab, asked.ask, prepare)

    reader = Clocked(GrowingJson(asked.rules, rows=ROWS))
    read = 0
    admission = lab.admission(asked.ask, "json", asked.schema_characters)
    async for frame in run(opened, method=asked.ask.method, stop=stop, live=lab.live, admission=admission):
        new, read = frame.text[read:], len(frame.text)
        shown = JsonFrame(frame, new, reader.look(new, ended=frame.report is not None), passed)
        yield shown
        if frame.report is None:
            continue
        verdict = await settle(reader.reader, cut_by(frame.report), asked.schema, lab.checks, stop)
        cost = Cost(reader.cpu, reader.looks, passed)
        yield replace(shown, new="", snapshot=reader.reader.snapshot(), verdict=verdict, cost=cost)


class Clocked:
    """A reader and the seconds of CPU it takes; fed on the event loop, without a pause in between."""

    def __init__(self, reader: GrowingJson) -> None:
        self.reader = reader
        self.cpu = 0.0
        self.looks = 0
        self._began = time.perf_counter()

    def look(self, new: str, *, ended: bool) -> Snapshot:
        at = time.perf_counter() - self._began
        before = time.thread_time()
        self.reader.feed(new, at)
        if ended:
            self.reader.end(at)
        snapshot = self.reader.snapshot()
        self.cpu += time.thread_time() - before
        self.looks += 1
        return snapshot
