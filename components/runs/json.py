"""One run that asks for JSON: the engine's frames, read as they come."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from components.runs.ask import start
from components.runs.json_ask import JsonAsk, chain_for
from components.runs.json_check import settle
from components.runs.lab import Lab
from components.streaming import Connection, Frame, Stop, Trace
from components.streaming.json import GrowingJson, JsonVerdict, Snapshot, cut_by

if TYPE_CHECKING:
    from components.chains.json_beside import Passed

# Rows of the table of fields. All are counted.
ROWS = 300


@dataclass(frozen=True, slots=True)
class JsonFrame:
    """`new` is the text that came since the frame before; `passed` what JsonOutputParser gave, if it runs.

    `verdict` stands in the last frame.
    """

    frame: Frame
    new: str
    snapshot: Snapshot
    passed: Passed | None = None
    verdict: JsonVerdict | None = None


async def frames(
    lab: Lab, asked: JsonAsk, stop: Stop, trace: Trace | None = None
) -> AsyncGenerator[JsonFrame]:
    """The text is whole a frame before the verdict is there, which takes a moment."""
    passed: Passed | None = None

    def prepare(connection: Connection) -> tuple[Any, Any]:
        from components.chains.json_beside import Passed

        nonlocal passed
        passed = Passed() if asked.parser == "chunks" else None
        return chain_for(connection, asked, passed), {"prompt": asked.ask.message}

    reader, began, read = GrowingJson(asked.rules, rows=ROWS), time.perf_counter(), 0
    running = start(lab, asked.ask, "json", prepare, stop, schema=asked.schema_characters, trace=trace)
    async with aclosing(running) as coming:
        async for frame in coming:
            at, new, read = time.perf_counter() - began, frame.text[read:], len(frame.text)
            reader.feed(new, at)
            if frame.report is not None:
                reader.end(at)
            shown = JsonFrame(frame, new, reader.snapshot(), passed)
            yield shown
            if frame.report is not None:
                verdict = await settle(reader, cut_by(frame.report), asked.schema, lab.checks, stop)
                yield replace(shown, new="", snapshot=reader.snapshot(), verdict=verdict)
