"""Anthropic's messages.

https://platform.claude.com/docs/en/build-with-claude/streaming
"""

from collections.abc import Iterator, Sequence
from typing import Any

from components.providers.sse.dialect import Dialect, Json
from components.providers.sse.thoughts import words_of
from components.providers.sse.tool_calls import arguments_of

# Where a delta has its piece, and where a block's beginning has the same, but for a signature.
PIECES = {
    "text_delta": ("text", "text"),
    "thinking_delta": ("thinking", "thinking"),
    "signature_delta": ("signature", ""),
    "input_json_delta": ("partial_json", "input"),
}
# Those that are told as text, as thoughts and as calls.
BLOCKS = frozenset({None, "text", "thinking", "redacted_thinking", "tool_use"})
# The place of thoughts that stood in a text's tags.
TAGGED = 1000


class Messages(Dialect):
    WHOLE = frozenset({"content"})
    TYPES = ("message_", "content_block_")

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._delta: Json = {}
        # What a block's beginning has, as a delta: some servers say it once more behind it.
        self._begun: Json = {}
        # What the message's beginning has, until a block begins.
        self._first: Sequence[Json] = ()

    def take(self, event: Json) -> Iterator[Json]:
        for one in self._taken(event):
            if one["type"] == "content_block_delta" and one["delta"].get("type") == "text_delta":
                yield from self._parted(self._tags.take(one["delta"]["text"]), one["index"])
            else:
                yield one

    @staticmethod
    def _parted(told: tuple[str, str], index: int) -> Iterator[Json]:
        for kind, at, text in zip(("thinking", "text"), (TAGGED, index), told, strict=True):
            if text:
                delta = {"type": f"{kind}_delta", kind: text}
                yield {"type": "content_block_delta", "index": at, "delta": delta}

    def _taken(self, event: Json) -> Iterator[Json]:
        kind = event.get("type")
        if self._begun and kind not in {"content_block_delta", "ping"}:  # nothing has said it again
            begun, self._begun = self._begun, {}
            yield {"index": 0, **begun}
        if kind == "message_start":
            # What it will write can only be guessed here, and Anthropic does.
            message = event.get("message") or {}
            self._usage.take({**(message.get("usage") or {}), "output_tokens": None})
            self._first = [block for block in message.get("content") or () if isinstance(block, dict)]
            yield event
        elif kind == "message_delta":
            self._usage.take(event.get("usage"))
            self._end_with(event.get("delta") or {})
        elif kind == "message_stop":
            self.done = True
        elif kind == "content_block_delta":
            delta, self._first = event.get("delta") or {}, ()
            if name := PIECES.get(str(delta.get("type")), ("", ""))[0]:
                told = arguments_of if name == "partial_json" else words_of
                delta[name] = self._characters(told(delta.get(name)))
                if delta[name] and self._begun.get("delta", {}).get("type") == delta["type"]:
                    before, self._begun = self._begun["delta"][name], {}
                    if name != "partial_json" and not delta[name].startswith(before):
                        delta[name] = before + delta[name]
            yield {"index": 0, **event}
        elif kind == "content_block_start":
            self._first = ()
            block = event.get("content_block") or {}
            if block.get("type") not in BLOCKS:
                self._wire.note("not_shown", str(block.get("type")))
            for piece, (name, whole) in PIECES.items():
                if block.get(whole):
                    before = (arguments_of if whole == "input" else words_of)(block[whole])
                    delta = {"type": piece, name: before}
                    self._begun = {**event, "type": "content_block_delta", "delta": delta}
                    block[whole] = {} if whole == "input" else ""
            yield {"index": 0, **event, "content_block": block}
        elif self.knows(event):
            yield event

    def has_content(self, event: Json) -> bool:
        return bool(event["type"] == "content_block_delta")

    def end(self) -> Iterator[Json]:
        for index, block in enumerate(self._first):
            yield from self.take({"type": "content_block_start", "index": index, "content_block": block})
        if self._begun:
            yield {"index": 0, **self._begun}
        yield from self._parted(self._tags.end(), 0)
        if self._delta or self.done:
            delta = {"stop_reason": None, "stop_sequence": None, **self._delta}
            wrote = "output_tokens" in self._usage.counts
            usage = {**self._usage.counts, **self._usage.details} if wrote else {}
            yield {"type": "message_delta", "delta": delta, "usage": {"output_tokens": 0, **usage}}
        if self.done:
            yield {"type": "message_stop"}

    def events(self, body: Json) -> Iterator[Json]:
        yield {"type": "message_start", "message": {**body, "content": [], "stop_reason": None}}
        for index, block in enumerate(body.get("content") or ()):
            yield {"type": "content_block_start", "index": index, "content_block": block}
            yield {"type": "content_block_stop", "index": index}
        told = {"usage": body.get("usage")}
        ends = ("stop_reason", "stop_sequence", "stop_details")
        yield {"type": "message_delta", "delta": {name: body.get(name) for name in ends}, **told}
        yield {"type": "message_stop"}

    def _end_with(self, delta: Json) -> None:
        self._delta |= {name: value for name, value in delta.items() if value is not None}
        self.finished = bool(self._delta.get("stop_reason"))
        details = self._delta.get("stop_details")
        if isinstance(details, dict) and details.get("explanation"):
            self._wire.refusal = str(details["explanation"])
