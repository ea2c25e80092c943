"""Chat completion chunks as real servers send them, made into those that OpenAI's SDK and LangChain read."""

from collections.abc import Iterator, Mapping
from typing import Any

from components.providers.sse.dialect import Dialect, Usage
from components.providers.sse.documents import is_error, tells_error
from components.providers.sse.thoughts import NewWords, is_thought, parted, thought_in, words_of
from components.providers.sse.tool_calls import ToolCalls
from components.streaming.faults import Failure, fault_of_body
from components.streaming.records import reason_in, worst
from components.streaming.text import SURROGATE


class ChatChunks(Dialect):
    WHOLE = frozenset({"choices"})

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._calls = ToolCalls(self._asked.get("tools"))
        self._frame: dict[str, Any] = {"id": "", "model": "", "object": "chat.completion.chunk", "created": 0}
        self._reason = ""
        self._texts, self._thoughts = NewWords(), NewWords()

    @property
    def complete(self) -> bool:
        """Some tell the usage behind the end."""
        return self._usage.told is not None

    def take(self, chunk: dict[str, Any]) -> Iterator[dict[str, Any]]:
        told = chunk.get("choices")
        choices = [one for one in (told if isinstance(told, list) else [told]) if isinstance(one, dict)]
        for one in choices:
            if is_error(one.get("error")):
                raise Failure(fault_of_body(one))
        if not told and "usage" not in chunk and tells_error(chunk):
            raise Failure(fault_of_body(chunk))
        self.note(chunk)
        for choice in choices:
            if self._is_read(choice.get("index")):
                delta = self._delta(choice)
                if delta or choice.get("logprobs"):
                    yield self._chunk(delta, logprobs=choice.get("logprobs"))

    def has_content(self, event: dict[str, Any]) -> bool:
        delta = event["choices"][0]["delta"]
        return any(delta.get(name) for name in ("content", "reasoning_content", "tool_calls"))

    def end(self) -> Iterator[dict[str, Any]]:
        thought, text = self._tags.end(cut=self._reason == "length")
        text += "\ufffd" if self._half else ""
        if thought or text:
            yield self._chunk({"reasoning_content": thought, "content": text})
        if calls := [*self._calls.end()]:
            yield self._chunk({"content": "", "tool_calls": calls})
        yield {**self._chunk({}, reason=self._reason or None), "usage": self._usage.told}

    def note(self, chunk: Mapping[str, Any]) -> None:
        for name in ("id", "model"):
            if isinstance(told := chunk.get(name), str | int):
                self._frame[name] = str(told) or self._frame[name]
        self._wire.reply = self._frame["id"]
        groq = chunk.get("x_groq")
        # llama.cpp counts among its times, too.
        more = groq.get("usage") if isinstance(groq, dict) else None
        for usage in (chunk.get("timings"), chunk.get("usage"), more):
            self._usage.take(usage)
        if told := chunk.get("prompt_progress"):
            (progress := Usage()).take(told)
            if total := progress.counts.get("total"):
                done = min(progress.counts.get("processed", 0), total)
                self._wire.trace.phase("progress", done=done, total=total)

    def _delta(self, choice: dict[str, Any]) -> dict[str, Any]:
        self._usage.take(choice.get("usage"))
        whole = (given := choice.get("delta")) is None
        if whole:
            given = choice.get("message") or choice.get("text")
        delta = given if isinstance(given, dict) else {"content": given}
        for one in (choice, delta):
            self._end_by(one.get("finish_reason") or one.get("finishReason"), one.get("native_finish_reason"))
        thoughts, text = parted(delta.get("content"))
        told = self._thoughts.of(thought_in(delta) or thought_in(choice) or thoughts, whole=whole)
        tagged, text = self._tags.take(self._characters(self._texts.of(text, whole=whole)))
        if is_thought(delta):
            tagged, text = tagged + text, ""
        if isinstance(refusal := delta.get("refusal"), str):
            self._wire.refusal += refusal
        for kind, given in (("image", delta.get("images")), ("audio", delta.get("audio"))):
            if given:
                self._wire.note("not_shown", kind)
        sent: dict[str, Any] = {"role": "assistant"} if delta.get("role") else {}
        if thought := told or tagged:  # some say the same in both
            sent["reasoning_content"] = SURROGATE.sub("\ufffd", thought)
        calls = self._calls.take(delta.get("tool_calls") or delta.get("function_call"))
        if calls := calls or [*(self._calls.end() if text or thought else ())]:  # no more of them comes
            sent["tool_calls"] = calls
        if text or sent:
            sent["content"] = text
        return sent

    def _end_by(self, told: Any, native: Any) -> None:
        """`native`: the word of who served it, which OpenRouter passes on and which may be an error."""
        words = [reason_in({"finish_reason": one}) for one in (native, told)] if told else [""]
        if words[-1]:
            word = worst(filter(None, words))
            self._reason = (words_of(told) if word == words[-1] else "") or word
            self.finished = True

    def _chunk(self, delta: dict[str, Any], *, reason: str | None = None, logprobs: Any = None) -> Any:
        choice = {"index": 0, "delta": delta, "finish_reason": reason}
        if isinstance(logprobs, dict):  # LangChain puts lists together, and nothing else
            choice["logprobs"] = {name: told for name, told in logprobs.items() if isinstance(told, list)}
        return {**self._frame, "choices": [choice]}
