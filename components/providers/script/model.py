"""The chat model behind the scripted provider; apart from it because it needs langchain_core at import."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.language_models.chat_models import agenerate_from_stream, generate_from_stream
from langchain_core.messages import AIMessageChunk, BaseMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from pydantic import Field

from components.providers.base import approximate_tokens
from components.providers.script.failures import failure
from components.providers.script.texts import REFUSALS, Script


class ScriptedModel(BaseChatModel):
    """Says its script. A thread waiting in it is woken by `aborted`, a task by its cancellation."""

    script: Script
    max_tokens: int
    aborted: threading.Event = Field(exclude=True, repr=False)

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        for seconds, chunk in self._steps(messages, stop, **kwargs):
            self.aborted.wait(seconds)
            self._check()
            if chunk is not None:
                if run_manager:
                    run_manager.on_llm_new_token(chunk.text, chunk=chunk)
                yield chunk

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        for seconds, chunk in self._steps(messages, stop, **kwargs):
            await asyncio.sleep(seconds)
            self._check()
            if chunk is not None:
                if run_manager:
                    await run_manager.on_llm_new_token(chunk.text, chunk=chunk)
                yield chunk

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return generate_from_stream(self._stream(messages, stop, **kwargs))

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return await agenerate_from_stream(self._astream(messages, stop, **kwargs))

    def _check(self) -> None:
        if self.aborted.is_set():
            raise ConnectionAbortedError("The run was stopped.")

    def _steps(
        self, messages: list[BaseMessage], stop: list[str] | None, max_tokens: int | None = None, **_: Any
    ) -> Iterator[tuple[float, ChatGenerationChunk | None]]:
        """Pairs: wait so many seconds, then send the chunk, if there is one.

        Raises:
            Exception: the script's failure, when its turn comes.
        """
        script = self.script
        yield script.delay, None
        if script.failure in REFUSALS:
            raise failure(script.failure)
        tokens, reason = script.tokens(max_tokens or self.max_tokens, stop or ())
        fails = script.failure != "none"
        # Like OpenAI's: without it, a reply that ends before its first token would have no chunk at all.
        yield 0, _chunk("")
        start = time.monotonic()
        for number, token in enumerate(tokens[: script.fail_after] if fails else tokens):
            due = start + number / script.rate if script.rate else 0
            yield max(0, due - time.monotonic()), _chunk(token)
        if not fails:
            yield 0, _last(reason, _usage(messages, len(tokens)))
        elif script.failure != "silent_end":
            yield script.timeout if script.failure == "stall" else 0, None
            raise failure(script.failure)


def _chunk(token: str) -> ChatGenerationChunk:
    return ChatGenerationChunk(message=AIMessageChunk(content=token))


def _last(reason: str, usage: UsageMetadata) -> ChatGenerationChunk:
    message = AIMessageChunk(content="", usage_metadata=usage, chunk_position="last")
    return ChatGenerationChunk(
        message=message, generation_info={"finish_reason": reason, "model_name": "scripted"}
    )


def _usage(messages: list[BaseMessage], said: int) -> UsageMetadata:
    asked = sum(approximate_tokens(message.text) for message in messages)
    return UsageMetadata(input_tokens=asked, output_tokens=said, total_tokens=asked + said)
