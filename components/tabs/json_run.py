"""One run that asks for JSON: the engine's frames, read as they come."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from components.providers import Connection
from components.streaming import Frame, Source, Stop, run
from components.streaming.json import BadSchema, GrowingJson, JsonVerdict, Schema, Snapshot, cut_by
from components.tabs.json_check import settle
from components.tabs.lab import Lab
from components.tabs.reply import Ask
from components.tabs.source import open_source

# Rows of the table of fields. All are counted.
ROWS = 300
# Characters of a visitor's schema.
LONGEST_SCHEMA = 20_000


@dataclass(frozen=True, slots=True)
class JsonAsk:
    ask: Ask
    schema: Schema | None
    constrain: bool


@dataclass(frozen=True, slots=True)
class JsonFrame:
    """`new` is the text that came since the frame before; `verdict` stands in the last one only."""

    frame: Frame
    new: str
    snapshot: Snapshot
    verdict: JsonVerdict | None = None


def read_schema(text: str) -> Schema | None:
    """None for blank text.

    Raises:
        BadSchema: it can't be used.
    """
    if len(text) > LONGEST_SCHEMA:
        raise BadSchema(f"It is longer than {LONGEST_SCHEMA} characters.")
    return Schema.read(text)


async def frames(lab: Lab, asked: JsonAsk, stop: Stop) -> AsyncIterator[JsonFrame]:
    """The text is whole one frame before the verdict is there: checking against a schema takes a moment."""

    def prepare(connection: Connection) -> tuple[Any, Any]:
        from components.chains import json

        rules = asked.schema.schema if asked.schema else None
        return json.build(connection.model, rules, constrain=asked.constrain), {"prompt": asked.ask.message}

    def opened() -> Source:
        return open_source(lab, asked.ask, prepare)

    schema = asked.schema
    reader = GrowingJson(schema.schema if schema else None, rows=ROWS)
    began, read = time.perf_counter(), 0
    async for frame in run(opened, method=asked.ask.method, stop=stop, live=lab.live):
        at = time.perf_counter() - began
        new, read = frame.text[read:], len(frame.text)
        reader.feed(new, at)
        if frame.report is None:
            yield JsonFrame(frame, new, reader.snapshot())
            continue
        reader.end(at)
        yield JsonFrame(frame, new, reader.snapshot())
        verdict = await settle(reader, cut_by(frame.report), schema)
        yield JsonFrame(frame, "", reader.snapshot(), verdict)
