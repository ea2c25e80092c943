"""A reply as AG-UI's events, which CopilotKit reads: https://docs.ag-ui.com/concepts/events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

from ag_ui.core import (
    BaseEvent,
    ReasoningEndEvent,
    ReasoningMessageContentEvent,
    ReasoningMessageEndEvent,
    ReasoningMessageStartEvent,
    ReasoningStartEvent,
    RunErrorEvent,
    RunFinishedEvent,
    RunStartedEvent,
    TextMessageContentEvent,
    TextMessageEndEvent,
    TextMessageStartEvent,
    ToolCallArgsEvent,
    ToolCallEndEvent,
    ToolCallStartEvent,
)
from ag_ui.encoder import EventEncoder

from components.http.formats import LINE_ENDS, Spans, figures
from components.streaming.text import sendable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from components.http.question import Question
    from components.streaming import Report
    from components.streaming.frame import Part


class AgUi(Spans):
    def __init__(self, question: Question) -> None:
        super().__init__(question)
        self._thread, self._run = question.thread or uuid4().hex, question.run or uuid4().hex

    def begin(self) -> bytes:
        return _told(RunStartedEvent(thread_id=self._thread, run_id=self._run))

    def start(self, part: Part, one: str) -> bytes:
        match part.kind:
            case "tool_call":
                return _told(ToolCallStartEvent(tool_call_id=one, tool_call_name=part.name))
            case "reasoning":
                return _told(ReasoningStartEvent(message_id=one), ReasoningMessageStartEvent(message_id=one))
        return _told(TextMessageStartEvent(message_id=one, role="assistant"))

    def delta(self, part: Part, one: str, new: str) -> bytes:
        new = sendable(new)
        match part.kind:
            case "tool_call":
                return _told(ToolCallArgsEvent(tool_call_id=one, delta=new))
            case "reasoning":
                return _told(ReasoningMessageContentEvent(message_id=one, delta=new))
        return _told(TextMessageContentEvent(message_id=one, delta=new))

    def end(self, part: Part, one: str) -> bytes:
        match part.kind:
            case "tool_call":
                return _told(ToolCallEndEvent(tool_call_id=one))
            case "reasoning":
                return _told(ReasoningMessageEndEvent(message_id=one), ReasoningEndEvent(message_id=one))
        return _told(TextMessageEndEvent(message_id=one))

    def finish(self, report: Report) -> bytes:
        """The figures are the run's result."""
        ended = RunFinishedEvent(thread_id=self._thread, run_id=self._run, result=figures(report))
        return _told(ended)

    def fault(self, told: Mapping[str, Any]) -> bytes:
        return _told(RunErrorEvent(message=f"{told['message']} {told['do']}", code=told["kind"]))


def _told(*events: BaseEvent) -> bytes:
    return "".join(map(EventEncoder().encode, events)).translate(LINE_ENDS).encode()
