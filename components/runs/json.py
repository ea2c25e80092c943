"""One run that asks for JSON: the engine's frames, read as they come."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from components.runs.ask import Ask, messages, start
from components.runs.json_check import settle
from components.runs.lab import Lab
from components.streaming import Connection, Frame, Stop, Trace
from components.streaming.frame import Reply
from components.streaming.json.check import Schema
from components.streaming.json.growing import GrowingJson, Snapshot
from components.streaming.json.verdict import JsonVerdict, cut_by, judge
from components.streaming.records import Chunk
from components.streaming.trace import RunFile

if TYPE_CHECKING:
    from components.chains.json_parser import Passed

# Who fills the object: this app's reader, once a frame, or LangChain's, with every chunk.
Parser = Literal["frames", "chunks"]
# Rows of the table of fields. All are counted.
ROWS = 300


@dataclass(slots=True)
class JsonReply:
    """What is asked for, and what is made of its run's frames so far. `new`: the text that the last has
    brought; `passed`: what JsonOutputParser gave, if it runs; `verdict`: once it is judged.
    """

    ask: Ask
    schema: Schema | None
    constrain: bool
    parser: Parser = "frames"
    passed: Passed | None = None
    verdict: JsonVerdict | None = None
    new: str = ""
    reader: GrowingJson = field(init=False)
    snapshot: Snapshot = field(init=False)

    def __post_init__(self) -> None:
        self.reader = GrowingJson(self.rules, rows=ROWS)
        self.snapshot = self.reader.snapshot()

    @property
    def rules(self) -> Mapping[str, Any] | None:
        return self.schema.schema if self.schema else None

    def prepare(self, connection: Connection) -> tuple[Any, dict[str, str]]:
        """What will ask, and what is asked.

        Raises Failure: "too_long", when the model's window has no room for it and what it is told first.
        """
        from components.chains import json
        from components.chains.json_parser import Passed

        self.passed = Passed() if self.parser == "chunks" else None
        told = json.in_words(connection, self.rules, constrain=self.constrain)
        messages(connection, self.ask, told)
        chain = json.build(connection, self.rules, constrain=self.constrain)
        return chain, {"prompt": self.ask.message}

    def feed(self, frame: Frame) -> None:
        self.new = "".join(new for part, new in frame.new if part.kind == "text")
        self.reader.feed(self.new, frame.at)
        if frame.report is not None:
            self.reader.end(frame.at)
        self.snapshot = self.reader.snapshot()

    def read(self, run_file: RunFile) -> Frame:
        """All of a run that is over, each field at the time it came; its last frame. Takes up to seconds."""
        said, report = Reply(run_file.header.method), run_file.report
        for chunk in (record for record in run_file.records() if isinstance(record, Chunk)):
            said.feed(chunk)
            if chunk.kind == "text" and not chunk.heard:
                self.reader.feed(chunk.text, chunk.at)
        self.verdict = judge(self.reader, by=cut_by(report) if report else "unknown")
        self.new, self.snapshot = said.text, self.reader.snapshot()
        return said.frame(run_file.seconds, report=report, last=True)


async def frames(lab: Lab, reply: JsonReply, stop: Stop, trace: Trace | None = None) -> AsyncGenerator[Frame]:
    """The last one comes twice: the verdict takes a moment, and is there with the second."""
    # Without the white space in it.
    schema = json.dumps(reply.rules, ensure_ascii=False, separators=(",", ":")) if reply.schema else ""
    running = start(lab, reply.ask, "json", reply.prepare, stop, schema=len(schema), trace=trace)
    async with aclosing(running) as coming:
        async for frame in coming:
            reply.feed(frame)
            if reply.passed is not None:  # in a thread, as JsonOutputParser does: others share the loop
                await asyncio.to_thread(_pass, reply.passed, frame, reply.ask.method, stop)
            yield frame
            if frame.report is not None:
                by = cut_by(frame.report)
                reply.verdict = await settle(reply.reader, by, reply.schema, lab.checks, stop)
                reply.new, reply.snapshot = "", reply.reader.snapshot()
                yield frame


def _pass(passed: Passed, frame: Frame, method: str, stop: Stop) -> None:
    """Each new chunk of the reply's text, until the run is stopped."""
    for record in frame.records:
        if isinstance(record, Chunk) and record.kind == "text" and not stop.is_set():
            passed.take(record.text, invoked=method == "invoke")
