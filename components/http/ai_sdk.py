"""A reply as the AI SDK's UI message stream, which `useChat` reads:
https://ai-sdk.dev/docs/ai-sdk-ui/stream-protocol.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, ClassVar

from components.http.formats import Spans, event, figures

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from components.streaming import Report
    from components.streaming.frame import Part

# Their words for how a reply can end; they have no others.
ENDS = {"stop": "stop", "length": "length", "tool_calls": "tool-calls"}


class AiSdk(Spans):
    headers: ClassVar[Sequence[tuple[bytes, bytes]]] = ((b"x-vercel-ai-ui-message-stream", b"v1"),)

    def begin(self) -> bytes:
        return event({"type": "start", "messageId": self.message}) + event({"type": "start-step"})

    def start(self, part: Part, one: str) -> bytes:
        if part.kind == "tool_call":
            return event({"type": "tool-input-start", **_call(part, one)})
        return event({"type": f"{part.kind}-start", "id": one})

    def delta(self, part: Part, one: str, new: str) -> bytes:
        if part.kind == "tool_call":
            return event({"type": "tool-input-delta", "toolCallId": one, "inputTextDelta": new})
        return event({"type": f"{part.kind}-delta", "id": one, "delta": new})

    def end(self, part: Part, one: str) -> bytes:
        """A call has its arguments once more, as an object."""
        if part.kind != "tool_call":
            return event({"type": f"{part.kind}-end", "id": one})
        try:
            given = json.loads(part.text or "{}")
        except ValueError as error:
            told = {"type": "tool-input-error", **_call(part, one), "input": part.text}
            return event({**told, "errorText": str(error)})
        return event({"type": "tool-input-available", **_call(part, one), "input": given})

    def finish(self, report: Report) -> bytes:
        """The figures are the message's metadata."""
        reason = ENDS.get(report.outcome.finish_reason, "other")
        told = {"finishReason": reason, "messageMetadata": figures(report)}
        return event({"type": "finish-step"}) + event({"type": "finish", **told}) + _END

    def fault(self, told: Mapping[str, Any]) -> bytes:
        return event({"type": "error", "errorText": f"{told['message']} {told['do']}"}) + _END


_END = b"data: [DONE]\n\n"


def _call(part: Part, one: str) -> dict[str, Any]:
    """Which tools there are, the front end isn't told."""
    return {"toolCallId": one, "toolName": part.name, "dynamic": True}
