"""Chat completion chunks as real servers send them, made into those that OpenAI's SDK and LangChain read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from components.providers.sse.dialect import Dialect
from components.providers.sse.thoughts import ThinkTags, parted, thought_in, words_of
from components.providers.sse.tool_calls import ToolCalls
from components.providers.sse.whole import completion
from components.streaming.faults import Failure, fault_of_body
from components.streaming.text import SURROGATE

# A chunk without choices that has one of these tells of an error.
ERRORS = ("error", "errors", "detail", "details", "message", "error_message", "error_msg", "msg", "code")
NO_REASON = frozenset({"", "null", "none", "nil"})


class ChatChunks(Dialect):
    WHOLE = frozenset({"choices"})
    END = b"data: [DONE]\n\n"

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._tags = ThinkTags()
        self._calls = ToolCalls()
        self._frame: dict[str, Any] = {"id": "", "model": "", "object": "chat.completion.chunk", "created": 0}
        self._reason = ""

    @property
    def complete(self) -> bool:
        """Some tell the usage behind the end."""
        return self._usage.told is not None

    def take(self, chunk: dict[str, Any]) -> Iterator[dict[str, Any]]:
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

    def has_content(self, event: dict[str, Any]) -> bool:
        delta = event["choices"][0]["delta"]
        return any(delta.get(name) for name in ("content", "reasoning_content", "tool_calls"))

    def end(self) -> Iterator[dict[str, Any]]:
        thought, text = self._tags.end()
        text += "\ufffd" if self._half else ""
        if thought or text:
            yield self._chunk({"reasoning_content": thought, "content": text})
        if self._reason or self._usage.told:
            yield {**self._chunk({}, reason=self._reason or None), "usage": self._usage.told}

    def whole(self, events: Sequence[dict[str, Any]], body: dict[str, Any] | None) -> dict[str, Any]:
        return completion(body or {}, events, self._wire.refusal)

    def _raise_error(self, chunk: Mapping[str, Any]) -> None:
        choices = chunk.get("choices")
        for one in (chunk, *(choices if isinstance(choices, list) else ())):
            if isinstance(one, dict) and one.get("error"):
                raise Failure.of(fault_of_body(dict(one)))
        if "choices" not in chunk and "usage" not in chunk and any(chunk.get(name) for name in ERRORS):
            raise Failure.of(fault_of_body(chunk))

    def note(self, chunk: Mapping[str, Any]) -> None:
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
            self._reason, self.finished = reason, True
        given = choice.get("delta") or choice.get("message")
        delta = dict(given) if isinstance(given, dict) else {"content": given or choice.get("text")}
        thought = thought_in(delta)
        thoughts, text = parted(delta.pop("content", None))
        tagged, text = self._tags.take(self._characters(text))
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

    def _chunk(self, delta: dict[str, Any], *, reason: str | None = None, logprobs: Any = None) -> Any:
        choice = {"index": 0, "delta": delta, "finish_reason": reason}
        if isinstance(logprobs, dict):  # LangChain puts lists together, and nothing else
            choice["logprobs"] = {name: told for name, told in logprobs.items() if isinstance(told, list)}
        return {**self._frame, "choices": [choice]}
