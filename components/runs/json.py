"""One run that asks for JSON: the engine's frames, read as they come."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from components.runs.ask import Ask, messages, start
from components.runs.json_check import settle
from components.runs.lab import Lab
from components.streaming import Connection, Frame, Stop, Trace
from components.streaming.frame import Reply
from components.streaming.json.check import Schema
from components.streaming.json.growing import GrowingJson
from components.streaming.json.verdict import JsonVerdict, cut_by, judge
from components.streaming.records import Chunk
from components.streaming.trace import RunFile

if TYPE_CHECKING:
    from langchain_core.runnables import Runnable

    from components.chains.json_parser import Passed


# Who fills the object: this app's reader, once a frame, or LangChain's, with every chunk.
Parser = Literal["frames", "chunks"]


@dataclass(frozen=True, slots=True)
class JsonAsk:
    ask: Ask
    schema: Schema | None
    constrain: bool
    parser: Parser = "frames"

    @property
    def rules(self) -> Mapping[str, Any] | None:
        return self.schema.schema if self.schema else None

    @property
    def schema_characters(self) -> int:
        """Without the white space in it."""
        return len(json.dumps(self.rules, ensure_ascii=False, separators=(",", ":"))) if self.schema else 0


def chain_for(connection: Connection, asked: JsonAsk) -> Runnable[dict[str, str], str]:
    """The chain that will ask.

    Raises:
        Failure: "too_long", when the model's window has no room for the prompt and what it is told first.
    """
    from components.chains import json

    rules = asked.rules
    messages(connection, asked.ask, system=json.in_words(connection, rules, constrain=asked.constrain))
    return json.build(connection, rules, constrain=asked.constrain)


# Rows of the table of fields. All are counted.
ROWS = 300


class JsonReply:
    """What is made of a run's frames so far. `new`: the text that the last has brought; `passed`: what
    JsonOutputParser gave, if it runs; `verdict`: once it is judged.
    """

    def __init__(self, asked: JsonAsk) -> None:
        self.asked = asked
        self.passed: Passed | None = None
        self.verdict: JsonVerdict | None = None
        self.new = ""
        self.reader = GrowingJson(asked.rules, rows=ROWS)
        self.snapshot = self.reader.snapshot()
        self._read = 0

    def feed(self, frame: Frame) -> None:
        self.new, self._read = frame.text[self._read :], len(frame.text)
        self.reader.feed(self.new, frame.at)
        if frame.report is not None:
            self.reader.end(frame.at)
        self.snapshot = self.reader.snapshot()

    def read(self, run_file: RunFile) -> Frame:
        """All of a run that is over, each field at the time it came; its last frame. Takes up to seconds."""
        said, report = Reply(), run_file.report
        chunks = [one for one in run_file.records() if isinstance(one, Chunk) and not one.heard]
        said.add(chunks)
        for chunk in chunks:
            if chunk.kind == "text":
                self.reader.feed(chunk.text, chunk.at)
        self.verdict = judge(self.reader, by=cut_by(report) if report else "unknown")
        self.new, self.snapshot = said.text, self.reader.snapshot()
        return Frame(said.text, len(chunks), said.parts, report=report, at=run_file.seconds, last=True)


async def frames(lab: Lab, reply: JsonReply, stop: Stop, trace: Trace | None = None) -> AsyncGenerator[Frame]:
    """The last one comes twice: the verdict takes a moment, and is there with the second."""
    asked = reply.asked

    def prepare(connection: Connection) -> tuple[Any, Any]:
        from components.chains.json_parser import Passed

        reply.passed = Passed() if asked.parser == "chunks" else None
        return chain_for(connection, asked), {"prompt": asked.ask.message}

    running = start(lab, asked.ask, "json", prepare, stop, schema=asked.schema_characters, trace=trace)
    async with aclosing(running) as coming:
        async for frame in coming:
            reply.feed(frame)
            if reply.passed is not None:  # in a thread, as JsonOutputParser does: others share the loop
                await asyncio.to_thread(
                    _pass, reply.passed, frame, stop, invoked=asked.ask.method == "invoke"
                )
            yield frame
            if frame.report is not None:
                reply.verdict = await settle(
                    reply.reader, cut_by(frame.report), asked.schema, lab.checks, stop
                )
                reply.new, reply.snapshot = "", reply.reader.snapshot()
                yield frame


def _pass(passed: Passed, frame: Frame, stop: Stop, *, invoked: bool) -> None:
    """Each new chunk of the reply's text, until the run is stopped."""
    for record in frame.records:
        if isinstance(record, Chunk) and record.kind == "text" and not stop.is_set():
            passed.take(record.text, invoked=invoked)
