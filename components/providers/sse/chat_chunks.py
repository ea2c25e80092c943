"""Chat completion chunks as real servers send them, made into those that OpenAI's SDK and LangChain read."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from components.providers.sse.thoughts import ThinkTags, parted, thought_in, words_of
from components.providers.sse.tool_calls import ToolCalls
from components.providers.sse.usage import Usage
from components.streaming.faults import Failure, fault_of_body
from components.streaming.text import SURROGATE
from components.streaming.wire import Wire

# A chunk without choices that has one of these tells of an error.
ERRORS = ("error", "errors", "detail", "details", "message", "error_message", "error_msg", "msg", "code")
NO_REASON = frozenset({"", "null", "none", "nil"})


class ChatChunks:
    """One reply's chunks. The finish reason and the usage are held back and handed on once, at its end:
    LangChain glues reasons together, and adds usage up that a server may send with every chunk.
    """

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._tags = ThinkTags()
        self._calls = ToolCalls()
        self._usage = Usage()
        self._frame: dict[str, Any] = {"id": "", "model": "", "object": "chat.completion.chunk", "created": 0}
        # The first half of a character that is sent in two.
        self._half = ""
        self._reason = ""

    @property
    def finished(self) -> bool:
        """The model has said why it ended."""
        return bool(self._reason)

    @property
    def usage_told(self) -> bool:
        return self._usage.told is not None

    def take(self, chunk: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """
        Raises:
            Failure: it tells of an error.
        """
        self._raise_error(chunk)
        self.note(chunk)
        choices = chunk.get("choices")
        choices = [choices] if isinstance(choices, dict) else choices
        for choice in choices if isinstance(choices, list) else ():
            # Of several replies to one question the first is read.
            if isinstance(choice, dict) and choice.get("index") in (None, 0, "0"):
                delta = self._delta(choice)
                if delta or choice.get("logprobs"):
                    yield self._chunk(delta, logprobs=choice.get("logprobs"))

    def end(self) -> Iterator[dict[str, Any]]:
        """What was held back."""
        thought, text = self._tags.end()
        text += "\ufffd" if self._half else ""
        if thought or text:
            yield self._chunk({"reasoning_content": thought, "content": text})
        if self._reason or self._usage.told:
            yield {**self._chunk({}, reason=self._reason or None), "usage": self._usage.told}

    def _raise_error(self, chunk: Mapping[str, Any]) -> None:
        choices = chunk.get("choices")
        for one in (chunk, *(choices if isinstance(choices, list) else ())):
            if isinstance(one, dict) and one.get("error"):
                raise Failure.of(fault_of_body(dict(one)))
        if "choices" not in chunk and "usage" not in chunk and any(chunk.get(name) for name in ERRORS):
            raise Failure.of(fault_of_body(chunk))

    def note(self, chunk: Mapping[str, Any]) -> None:
        """What it tells of the whole reply."""
        for name in ("id", "model"):
            if isinstance(told := chunk.get(name), str | int):
                self._frame[name] = str(told) or self._frame[name]
        groq = chunk.get("x_groq")
        for usage in (chunk.get("usage"), groq.get("usage") if isinstance(groq, dict) else None):
            self._usage.take(usage)
        if isinstance(progress := chunk.get("prompt_progress"), dict):
            done, total = (int(progress.get(name) or 0) for name in ("processed", "total"))
            self._wire.trace.phase("progress", done=done, total=total)

    def _delta(self, choice: dict[str, Any]) -> dict[str, Any]:
        self._usage.take(choice.get("usage"))
        reason = words_of(choice.get("finish_reason"))
        if reason.lower() not in NO_REASON:
            self._reason = reason
        given = choice.get("delta") or choice.get("message")
        delta = dict(given) if isinstance(given, dict) else {"content": given or choice.get("text")}
        thought = thought_in(delta)
        thoughts, text = parted(delta.pop("content", None))
        tagged, text = self._tags.take(self._whole(text))
        if isinstance(refusal := delta.get("refusal"), str):
            self._wire.refusal += refusal
        sent: dict[str, Any] = {"role": "assistant"} if delta.get("role") else {}
        if thought := thought + thoughts + tagged:
            sent["reasoning_content"] = SURROGATE.sub("\ufffd", thought)
        if calls := self._calls.take(delta.get("tool_calls") or delta.get("function_call")):
            sent["tool_calls"] = calls
        if text or sent:
            sent["content"] = text
        return sent

    def _whole(self, text: str) -> str:
        """The text with halves of characters put together: a lone one can be sent to nobody."""
        if not self._half and not SURROGATE.search(text):
            return text
        text, self._half = self._half + text, ""
        if text and "\ud800" <= text[-1] <= "\udbff":
            text, self._half = text[:-1], text[-1]
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")

    def _chunk(self, delta: dict[str, Any], *, reason: str | None = None, logprobs: Any = None) -> Any:
        choice = {"index": 0, "delta": delta, "finish_reason": reason}
        if isinstance(logprobs, dict):  # LangChain puts lists together, and nothing else
            choice["logprobs"] = {name: told for name, told in logprobs.items() if isinstance(told, list)}
        return {**self._frame, "choices": [choice]}


def dumped(chunk: Mapping[str, Any]) -> str:
    """A chunk as an event's data."""
    return json.dumps(chunk, separators=(",", ":"))
