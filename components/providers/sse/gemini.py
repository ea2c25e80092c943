"""Gemini's generateContent and streamGenerateContent.

https://ai.google.dev/api/generate-content
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from components.providers.sse.dialect import Dialect, Json
from components.streaming.faults import Failure

NO_REASON = "FINISH_REASON_UNSPECIFIED"


class GeminiDialect(Dialect):
    WHOLE = frozenset({"candidates", "promptFeedback", "usageMetadata"})

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        # LangChain reads the content by the model's version, in every chunk alike.
        self._frame: Json = {}
        self._last: Json = {}

    def take(self, event: Json) -> Iterator[Json]:
        if blocked := (event.get("promptFeedback") or {}).get("blockReason"):
            raise Failure("content_filter", detail=str(blocked))
        self._frame |= {name: event[name] for name in ("modelVersion", "responseId") if event.get(name)}
        self._usage.take(event.get("usageMetadata"))
        candidates = event.get("candidates") or ()
        for candidate in sorted(candidates, key=lambda one: one.get("index") or 0):
            if self._is_read(candidate.get("index")):
                if candidate.get("finishReason") not in (None, NO_REASON):
                    self.finished = True
                    self._wire.ending = str(candidate.get("finishMessage") or "")
                    self._last = {name: value for name, value in candidate.items() if name != "content"}
                    self._last |= {"index": 0, "finishReason": str(candidate["finishReason"])}
                content = candidate.get("content") or {}
                parts = content if isinstance(content, str) else content.get("parts")
                if parts:
                    yield self._chunk([{"text": parts}] if isinstance(parts, str) else parts)

    def has_content(self, event: Json) -> bool:
        return bool(event["candidates"][0]["content"]["parts"])

    def end(self) -> Iterator[Json]:
        if self._last or self._usage.counts:
            usage = {"usageMetadata": self._usage.counts} if self._usage.counts else {}
            yield {**self._chunk([], **self._last), **usage}

    def whole(self, events: Sequence[Json], body: Json | None) -> Json:
        parts: list[Json] = []
        for part in (part for event in events for part in event["candidates"][0]["content"]["parts"]):
            before = parts[-1] if parts else {}
            if part.keys() <= {"text", "thought"} and part.keys() == before.keys():
                before["text"] += part["text"]
            else:
                parts.append(dict(part))
        return {**(events[-1] if events else {}), **self._chunk(parts, **self._last)}

    def _chunk(self, parts: list[Json], **more: Any) -> Json:
        for part in parts:
            if isinstance(part.get("text"), str):
                part["text"] = self._characters(part["text"])
        content = {"role": "model", "parts": parts}
        return {**self._frame, "candidates": [{"index": 0, **more, "content": content}]}
