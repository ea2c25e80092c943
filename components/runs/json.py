"""One run that asks for JSON: the engine's frames, read as they come."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from components.providers import Connection
from components.runs.json_ask import JsonAsk, chain_for
from components.runs.json_check import settle
from components.runs.json_cost import Scales, Theirs
from components.runs.lab import Lab
from components.runs.source import open_source
from components.streaming import Frame, Source, Stop, run
from components.streaming.json import GrowingJson, JsonVerdict, Snapshot, cut_by

if TYPE_CHECKING:
    from components.chains.json_beside import Given, Passed

# Rows of the table of fields. All are counted.
ROWS = 300


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds of CPU for `looks` frames by our reader; what JsonOutputParser took, None if not measured."""

    ours: float
    looks: int
    theirs: Theirs | None


@dataclass(frozen=True, slots=True)
class JsonFrame:
    """`new` is the text that came since the frame before; `given` what JsonOutputParser gave, if it runs.

    `verdict` stands in the last frame, and in the one before it when there is a `cost` to be measured.
    """

    frame: Frame
    new: str
    snapshot: Snapshot
    given: Given | None = None
    verdict: JsonVerdict | None = None
    cost: Cost | None = None
    last: bool = False


async def frames(lab: Lab, asked: JsonAsk, stop: Stop) -> AsyncIterator[JsonFrame]:
    """The text is whole a frame before the verdict is there, and that before the cost: both take a moment."""
    passed: Passed | None = None

    def prepare(connection: Connection) -> tuple[Any, Any]:
        from components.chains.json_beside import Passed

        nonlocal passed
        passed = Passed(parse=asked.parser == "chunks")
        return chain_for(connection, asked, passed), {"prompt": asked.ask.message}

    def opened() -> Source:
        return open_source(lab, asked.ask, prepare)

    reader = Clocked(GrowingJson(asked.rules, rows=ROWS))
    read = 0
    async for frame in run(
        opened, method=asked.ask.method, stop=stop, live=lab.live, admission=lab.admission(asked.ask, "json")
    ):
        new, read = frame.text[read:], len(frame.text)
        given = passed.given if passed is not None and asked.parser == "chunks" else None
        shown = JsonFrame(frame, new, reader.look(new, ended=frame.report is not None), given)
        yield shown
        if frame.report is None:
            continue
        verdict = await settle(reader.reader, cut_by(frame.report), asked.schema)
        shown = replace(shown, new="", snapshot=reader.reader.snapshot(), verdict=verdict)
        if asked.scales is None or passed is None or not frame.text:
            yield replace(shown, last=True)
            continue
        yield shown
        theirs = await _theirs(asked.scales, passed, frame.text, stop)
        yield replace(shown, cost=Cost(reader.cpu, reader.looks, theirs), last=True)


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


async def _theirs(scales: Scales, passed: Passed, text: str, stop: Stop) -> Theirs | None:
    """As it ran in the chain; where it didn't, over the same chunks afterwards."""
    if passed.seen:
        return Theirs(passed.cpu, passed.seen, len(passed.lengths), passed.given.items, passed.raised)
    return None if stop.is_set() else await scales.weigh(text, passed.lengths, stop)
