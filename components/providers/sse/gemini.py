"""Gemini's generateContent and streamGenerateContent.

https://ai.google.dev/api/generate-content
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

from components.providers.sse.dialect import Dialect, Json
from components.providers.sse.tool_calls import object_of
from components.streaming.faults import Failure

NO_REASON = "FINISH_REASON_UNSPECIFIED"
# Where a name in an object, or a place in a list, stands in a JSON path.
STEP: Final = re.compile(r"""\[(\d+)\]|\[["'](.*?)["']\]|\.([^.\[]+)""")
# What of a part has a place on the page, or tells of another.
SHOWN: Final = frozenset(
    {"text", "thought", "thoughtSignature", "functionCall", "partMetadata", "videoMetadata"}
)
# What is a tool's own, and is named as the tool wants it.
OWN: Final = frozenset({"args", "response"})


class GeminiDialect(Dialect):
    WHOLE = frozenset({"candidates", "promptFeedback", "usageMetadata"})

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        # LangChain reads the content by the model's version, in every chunk alike.
        self._frame: Json = {}
        self._last: Json = {}
        # A part with a call whose arguments come in pieces.
        self._call: Json | None = None

    def take(self, event: Json) -> Iterator[Json]:
        event = camel_case(event)
        feedback = event.get("promptFeedback") or {}
        if feedback.get("blockReason"):
            told = (str(feedback.get(name) or "") for name in ("blockReason", "blockReasonMessage"))
            raise Failure("content_filter", detail=": ".join(filter(None, told)))
        self._frame |= {name: event[name] for name in ("modelVersion", "responseId") if event.get(name)}
        self._usage.take(event.get("usageMetadata"))
        candidates = event.get("candidates") or ()
        for candidate in sorted(candidates, key=lambda one: one.get("index") or 0):
            if self._is_read(candidate.get("index") or 0):
                if candidate.get("finishReason") not in (None, NO_REASON):
                    self.finished = True
                    self._wire.ending = str(candidate.get("finishMessage") or "")
                    self._last = {name: value for name, value in candidate.items() if name != "content"}
                    self._last |= {"index": 0, "finishReason": str(candidate["finishReason"])}
                content = candidate.get("content") or {}
                said = content if isinstance(content, str) else content.get("parts") or ()
                parts = [{"text": said}] if isinstance(said, str) else said
                if shown := [one for part in self._whole_calls(parts) for one in self._parted(part)]:
                    yield self._chunk(shown)

    def has_content(self, event: Json) -> bool:
        return bool(event["candidates"][0]["content"]["parts"])

    def end(self) -> Iterator[Json]:
        if parts := [*_parts({}, *self._tags.end()), *filter(None, [self._call])]:
            yield self._chunk(parts)
        if self._last or self._usage.counts:
            usage = {"usageMetadata": self._usage.counts} if self._usage.counts else {}
            yield {**self._chunk([], **self._last), **usage}

    def _whole_calls(self, parts: Sequence[Json]) -> Iterator[Json]:
        """The parts, those that are one call as one: LangChain would make a call of each."""
        for part in parts:
            if kind := not_shown(part):
                self._wire.note("not_shown", kind)
            call = part.get("functionCall")
            if call is None:
                yield part
                continue
            if self._call and call.get("name"):  # the one before has no end
                yield self._call
                self._call = None
            if self._call is None:
                self._call = {**part, "functionCall": {"name": "", "args": {}}}
            whole = self._call["functionCall"]
            whole |= {name: value for name, value in call.items() if name in {"id", "name"} and value}
            whole["args"] |= object_of(call.get("args"))
            for piece in call.get("partialArgs") or ():
                put(whole["args"], piece)
            if not call.get("willContinue"):
                yield self._call
                self._call = None

    def _parted(self, part: Json) -> list[Json]:
        if not isinstance(part.get("text"), str):
            return [part]
        text = self._characters(part["text"])
        return _parts(part, *(("", text) if part.get("thought") else self._tags.take(text)))

    def _chunk(self, parts: list[Json], **more: Any) -> Json:
        content = {"role": "model", "parts": parts}
        return {**self._frame, "candidates": [{"index": 0, **more, "content": content}]}


def _parts(part: Json, thought: str, text: str) -> list[Json]:
    """A part whose text has a thought in tags as two."""
    told = {name: value for name, value in {**part, "text": text}.items() if name != "text" or text}
    return [one for one in ({"text": thought, "thought": True} if thought else {}, told) if one]


def not_shown(part: Json) -> str:
    """What of a part has no place on the page, in a word."""
    for name in part.keys() - SHOWN:
        of_it = part[name] if isinstance(part[name], dict) else {}
        kind, _, of_kind = str(of_it.get("mimeType", "")).partition("/")
        return (of_kind if kind == "application" else kind) or str(name)
    return ""


def camel_case(value: Any) -> Any:
    """As Google's API names things; some proxies name them as its Python library does."""
    if isinstance(value, list):
        return [camel_case(one) for one in value]
    if not isinstance(value, dict):
        return value
    return {
        re.sub("_([a-z])", lambda found: found[1].upper(), name): one if name in OWN else camel_case(one)
        for name, one in value.items()
    }


def put(arguments: Any, piece: Json) -> None:
    """A piece of the arguments at its place among them; texts grow."""
    value = next((told for name, told in piece.items() if name.endswith("Value")), None)
    if "nullValue" in piece:
        value = None
    steps = [int(at) if at else name or key for at, name, key in STEP.findall(piece.get("jsonPath", ""))]
    for step, following in zip(steps, [*steps[1:], None], strict=True):
        if isinstance(arguments, list):
            arguments += [None] * (step + 1 - len(arguments))
        before = arguments[step] if isinstance(arguments, list) else arguments.get(step)
        if following is None:
            arguments[step] = before + value if isinstance(before, str) and isinstance(value, str) else value
        elif before is None:
            arguments[step] = [] if isinstance(following, int) else {}
        arguments = arguments[step]
