"""What a reply is written as: plain text, this app's own events, or events of parts for a front end."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, ClassVar, Literal
from uuid import uuid4

from fastapi.sse import format_sse_event

from components.http.run_input import RunInput
from components.streaming import Report
from components.streaming.frame import Part
from components.streaming.text import sendable

SSE = "text/event-stream"
# What JSON may hold as it is, and what many readers of lines, Python's `splitlines` among them, cut at.
LINE_ENDS = str.maketrans({"\x85": r"\u0085", "\u2028": r"\u2028", "\u2029": r"\u2029"})
Step = Literal["start", "delta", "end"]


class Text:
    """Plain text: the reply's alone. One that fails midway is left without its last chunk."""

    media_type: ClassVar[str] = "text/plain"
    headers: ClassVar[Mapping[str, str]] = {}

    def __init__(self, asked: RunInput | None = None) -> None:
        """Some name the conversation and the reply as the one who asks does."""

    @property
    def events(self) -> bool:
        """Whether it takes comments, and a failure as its end."""
        return self.media_type == SSE

    def begin(self) -> bytes:
        """What stands before all else."""
        return b""

    def piece(self, part: Part, new: str) -> bytes:
        return sendable(new).encode() if part.kind == "text" else b""

    def done(self, report: Report) -> bytes:
        return b""

    def fault(self, told: Mapping[str, Any]) -> bytes:
        """`told`: see `fault_body`."""
        return b""


class LabEvents(Text):
    """This app's own."""

    media_type = SSE

    def piece(self, part: Part, new: str) -> bytes:
        if part.kind == "tool_call":
            return event({"call": part.call, "name": part.name, "arguments": new}, "tool_call")
        return event({"text": new}, "token" if part.kind == "text" else "reasoning")

    def done(self, report: Report) -> bytes:
        return event(figures(report), "done")

    def fault(self, told: Mapping[str, Any]) -> bytes:
        return event(told, "fault")


class Spans(Text):
    """Events of parts that begin, grow and end, each with an id of its own."""

    media_type = SSE

    def __init__(self, asked: RunInput | None = None) -> None:
        super().__init__(asked)
        self.message = uuid4().hex
        self._open: dict[tuple[Any, ...], tuple[str, Part]] = {}
        self._begun = 0

    def piece(self, part: Part, new: str) -> bytes:
        """Calls of tools may grow side by side; of all else only the last part grows."""
        key, told = (part.kind, part.call, part.began), b""
        if key not in self._open:
            if part.kind != "tool_call" or any(kind != part.kind for kind, *_ in self._open):
                told = self._close()
            self._begun += 1
            told += self.tell("start", part, f"{self.message}-{self._begun}")
        one = self._open.get(key, (f"{self.message}-{self._begun}", part))[0]
        self._open[key] = one, part
        return told + (self.tell("delta", part, one, sendable(new)) if new else b"")

    def done(self, report: Report) -> bytes:
        return self._close() + self.finish(report)

    def _close(self) -> bytes:
        told = b"".join(self.tell("end", part, one) for one, part in self._open.values())
        self._open.clear()
        return told

    def tell(self, step: Step, part: Part, one: str, new: str = "") -> bytes:
        """The events by which the part of this id goes a step on; `new`: by what it grows."""
        raise NotImplementedError

    def finish(self, report: Report) -> bytes:
        raise NotImplementedError


def event(data: Any, name: str | None = None) -> bytes:
    """One of Server-Sent Events."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return format_sse_event(event=name, data_str=sendable(text).translate(LINE_ENDS))


def figures(report: Report) -> dict[str, Any]:
    """The meter's figures; times in seconds."""
    told = asdict(report)
    del told["fault"], told["closed_after"], told["outcome"]
    return {**told, **asdict(report.outcome)}
