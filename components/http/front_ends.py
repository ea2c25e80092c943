"""A reply as front ends' own libraries read it, and which format a request asks for."""

import json
import re
from collections.abc import Mapping
from typing import Any, ClassVar
from uuid import uuid4

from fastapi import Request

from components.http.formats import SSE, LabEvents, Spans, Step, Text, event, figures
from components.http.refusal import Refusal
from components.http.run_input import RunInput
from components.streaming import Report
from components.streaming.frame import Part


class AgUi(Spans):
    """AG-UI's events, which CopilotKit reads: https://docs.ag-ui.com/concepts/events."""

    # By a part's kind: how its events are called, the one of them that brings more, and the id in them.
    names: ClassVar[Mapping[str, tuple[str, str, str]]] = {
        "text": ("TextMessage", "Content", "message_id"),
        "reasoning": ("ReasoningMessage", "Content", "message_id"),
        "tool_call": ("ToolCall", "Args", "tool_call_id"),
    }

    def __init__(self, asked: RunInput) -> None:
        super().__init__(asked)
        self._ids = {"thread_id": asked.thread or uuid4().hex, "run_id": asked.run or uuid4().hex}

    def begin(self) -> bytes:
        return _ag_ui("RunStarted", **self._ids)

    def tell(self, step: Step, part: Part, one: str, new: str = "") -> bytes:
        name, more, key = self.names[part.kind]
        if step == "delta":
            return _ag_ui(f"{name}{more}", **{key: one}, delta=new)
        begins = {"text": {"role": "assistant"}, "tool_call": {"tool_call_name": part.name}}
        about = begins.get(part.kind, {}) if step == "start" else {}
        told = _ag_ui(f"{name}{step.title()}", **{key: one}, **about)
        if part.kind != "reasoning":
            return told
        around = _ag_ui(f"Reasoning{step.title()}", message_id=one)
        return around + told if step == "start" else told + around

    def finish(self, report: Report) -> bytes:
        """The figures are the run's result."""
        return _ag_ui("RunFinished", **self._ids, result=figures(report))

    def fault(self, told: Mapping[str, Any]) -> bytes:
        return _ag_ui("RunError", message=f"{told['message']} {told['do']}", code=told["kind"])


def _ag_ui(name: str, **about: Any) -> bytes:
    """One of its events, as its own encoder writes it."""
    from ag_ui import core

    told: core.BaseEvent = getattr(core, f"{name}Event")(**about)
    return event(told.model_dump(by_alias=True))


class AiSdk(Spans):
    """The AI SDK's UI message stream, which `useChat` reads:
    https://ai-sdk.dev/docs/ai-sdk-ui/stream-protocol.
    """

    headers: ClassVar[Mapping[str, str]] = {"x-vercel-ai-ui-message-stream": "v1"}
    # Their words for how a reply can end; they have no others.
    ends: ClassVar[Mapping[str, str]] = {"stop": "stop", "length": "length", "tool_calls": "tool-calls"}
    whole: ClassVar[bytes] = b"data: [DONE]\n\n"

    def begin(self) -> bytes:
        return event({"type": "start", "messageId": self.message}) + event({"type": "start-step"})

    def tell(self, step: Step, part: Part, one: str, new: str = "") -> bytes:
        if part.kind != "tool_call":
            more = {"delta": new} if step == "delta" else {}
            return event({"type": f"{part.kind}-{step}", "id": one, **more})
        if step == "delta":
            return event({"type": "tool-input-delta", "toolCallId": one, "inputTextDelta": new})
        # Which tools there are, the front end isn't told.
        call = {"toolCallId": one, "toolName": part.name, "dynamic": True}
        if step == "start":
            return event({"type": "tool-input-start", **call})
        try:  # a call has its arguments once more at its end, as an object
            return event({"type": "tool-input-available", **call, "input": json.loads(part.text or "{}")})
        except ValueError as error:
            return event({"type": "tool-input-error", **call, "input": part.text, "errorText": str(error)})

    def finish(self, report: Report) -> bytes:
        """The figures are the message's metadata."""
        reason = self.ends.get(report.outcome.finish_reason, "other")
        told = {"finishReason": reason, "messageMetadata": figures(report)}
        return event({"type": "finish-step"}) + event({"type": "finish", **told}) + self.whole

    def fault(self, told: Mapping[str, Any]) -> bytes:
        return event({"type": "error", "errorText": f"{told['message']} {told['do']}"}) + self.whole


FORMATS: Mapping[str, type[Text]] = {"text": Text, "events": LabEvents, "ag-ui": AgUi, "ai-sdk": AiSdk}


def format_of(request: Request, asked: RunInput) -> Text:
    """By `?format=`, or by `Accept`: events in the format that its parameter of that name says, or in ours.

    Raises Refusal: there is no such format.
    """
    name = request.query_params.get("format", "").lower()
    for one in () if name else ",".join(request.headers.getlist("accept")).lower().split(","):
        kind, *parameters = (part.strip() for part in one.split(";"))
        told = dict(parameter.partition("=")[::2] for parameter in parameters)
        if kind == SSE and not re.fullmatch(r"0(\.0*)?", told.get("q", "")):
            name = told.get("format", "").strip('"') or "events"
    name = name or "text"
    if name not in FORMATS:
        raise Refusal("no_format", names=", ".join(FORMATS))
    return FORMATS[name](asked)
