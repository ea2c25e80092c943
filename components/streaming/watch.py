"""Looks at the model inside a chain, whatever the chain makes of its text."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, LLMResult

from components.streaming.lean import share_names
from components.streaming.meter import Outcome
from components.streaming.stop import Stop, Stopped
from components.streaming.text import text_of

# The providers' words for the same ends, in OpenAI's. Summed chunks may glue several together.
FINISH_REASONS = {
    "max_tokens": "length",
    "safety": "content_filter",
    "recitation": "content_filter",
    "blocklist": "content_filter",
    "prohibited_content": "content_filter",
    "spii": "content_filter",
}


class ModelWatch(BaseCallbackHandler):
    """Raises `Stopped` between two tokens of the model, and keeps what it says at its end.

    LangChain lets a handler's exception through only with `raise_error`, and calls a sync handler of
    an async run in a thread unless `run_inline`: one thread hop a token.
    """

    raise_error = True
    run_inline = True

    def __init__(
        self, stop: Stop, hear: Callable[[str], None] | None = None, *, estimates: bool = False
    ) -> None:
        """`hear`: called with the text of every token. `estimates`: tokens that the model doesn't count."""
        self._stop = stop
        self._hear = hear
        self._estimates = estimates
        self._said = 0
        # UTF-8 bytes of prompt and reply of each request under way.
        self._open: dict[Any, list[int]] = {}
        self.outcome: Outcome | None = None

    def on_chat_model_start(
        self, serialized: dict[str, Any], messages: list[list[BaseMessage]], **kwargs: Any
    ) -> None:
        """In a thread, a chain's fallback would ask the next model once Stop has broken the first.

        An async run is cancelled, and LangChain doesn't await what it began when this raises there.
        """
        if self._stop.is_set() and not _in_event_loop():
            raise Stopped
        if self._estimates:
            asked = sum(_bytes(text_of(message)) for batch in messages for message in batch)
            self._open[kwargs.get("run_id")] = [asked, 0]

    def on_llm_new_token(self, token: str | list[str | dict[str, Any]], **kwargs: Any) -> None:
        if self._stop.is_set():
            raise Stopped
        chunk = kwargs.get("chunk")
        if isinstance(chunk, ChatGenerationChunk):
            share_names(chunk)
        if not self._estimates and self._hear is None:
            return
        # Words in blocks: the chunk has them as one text.
        text = token if isinstance(token, str) else text_of(chunk or "")
        if (counted := self._open.get(kwargs.get("run_id"))) is not None:
            counted[1] += _bytes(text)
        if self._hear is not None:
            self._hear(text)

    def on_llm_error(self, error: BaseException, **kwargs: Any) -> None:
        asked, replied = self._open.pop(kwargs.get("run_id"), (0, 0))
        if replied:  # else nothing was answered, and nothing is to be paid
            self._said += _tokens(asked) + _tokens(replied)

    @property
    def tokens(self) -> int:
        """Of all requests' prompts and replies, as the model said; else, with `estimates`, a third of their
        UTF-8 bytes.
        """
        return self._said + sum(
            _tokens(asked) + _tokens(replied) for asked, replied in list(self._open.values())
        )

    def on_llm_end(self, response: LLMResult, **kwargs: Any) -> None:
        asked, replied = self._open.pop(kwargs.get("run_id"), (0, 0))
        generation = response.generations[0][0]
        if not isinstance(generation, ChatGeneration) or not isinstance(generation.message, AIMessage):
            return
        usage = generation.message.usage_metadata
        if usage:
            self._said += usage["total_tokens"]
        elif self._estimates:
            replied = replied or _bytes(text_of(generation.message))  # `invoke` has no tokens on the way
            self._said += _tokens(asked) + _tokens(replied)
        self.outcome = Outcome(
            finish_reason=finish_reason(generation.message.response_metadata.get("finish_reason")),
            input_tokens=usage["input_tokens"] if usage else None,
            output_tokens=usage["output_tokens"] if usage else None,
        )


def _bytes(text: str) -> int:
    return len(text.encode("utf-8", "replace"))


def _tokens(number: int) -> int:
    """English has about four bytes a token, Japanese three; on the high side."""
    return -(-number // 3)


def _in_event_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def finish_reason(given: object) -> str:
    """A provider's finish reason in OpenAI's words; "" for none."""
    word = str(given or "").lower().removeprefix("finish_reason_unspecified")
    return "stop" if word.endswith("stop") else FINISH_REASONS.get(word, word)
