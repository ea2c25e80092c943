"""ChatVertexAI that can be stopped: every method, at once. Importing it takes 3-6 s."""

from __future__ import annotations

import asyncio
import contextvars
import threading
import warnings
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import aclosing, suppress
from functools import partial
from typing import Any, TypeVar

from google.cloud.aiplatform_v1beta1.types import GenerateContentResponse
from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.messages import BaseMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from langchain_google_vertexai import ChatVertexAI
from pydantic import PrivateAttr

from components.providers.vertex.calls import Calls
from components.streaming.faults import Failure

T = TypeVar("T")

with warnings.catch_warnings():
    # 2026-11, until langchain-google-vertexai 4, which drops ChatVertexAI; requirements.txt stays at 3.
    warnings.filterwarnings("ignore", r"Use \[`ChatGoogleGenerativeAI`\]", DeprecationWarning)

    class StoppableVertexAI(ChatVertexAI):
        """Each call has a client of its own; the async methods read the sync ones' in a thread.

        ChatVertexAI's async stream doesn't cancel its call when closed. Here closing the async generator or
        cancelling its task closes the client.
        """

        _calls: Calls = PrivateAttr()

        @classmethod
        def over(cls, calls: Calls, **given: Any) -> StoppableVertexAI:
            model = cls(**given)
            model._calls = calls
            return model

        def _with(self, client: object) -> StoppableVertexAI:
            return self.model_copy(update={"client": client})

        def _stream(
            self,
            messages: list[BaseMessage],
            stop: list[str] | None = None,
            run_manager: CallbackManagerForLLMRun | None = None,
            **kwargs: Any,
        ) -> Iterator[ChatGenerationChunk]:
            with self._calls.call() as client:
                yield from ChatVertexAI._stream(self._with(client), messages, stop, run_manager, **kwargs)

        def _generate(
            self,
            messages: list[BaseMessage],
            stop: list[str] | None = None,
            run_manager: CallbackManagerForLLMRun | None = None,
            stream: bool | None = None,
            **kwargs: Any,
        ) -> ChatResult:
            with self._calls.call() as client:
                return self._with(client)._generate_gemini(messages, stop, run_manager, **kwargs)

        async def _astream(
            self,
            messages: list[BaseMessage],
            stop: list[str] | None = None,
            run_manager: AsyncCallbackManagerForLLMRun | None = None,
            **kwargs: Any,
        ) -> AsyncIterator[ChatGenerationChunk]:
            with self._calls.call() as client:
                model = self._with(client)
                read = partial(ChatVertexAI._stream, model, messages, stop, **kwargs)
                async with aclosing(_in_thread(read)) as chunks:
                    async for chunk in chunks:
                        if run_manager and isinstance(chunk.message.content, str):
                            await run_manager.on_llm_new_token(chunk.message.content, chunk=chunk)
                        yield chunk

        async def _agenerate(
            self,
            messages: list[BaseMessage],
            stop: list[str] | None = None,
            run_manager: AsyncCallbackManagerForLLMRun | None = None,
            stream: bool | None = None,
            **kwargs: Any,
        ) -> ChatResult:
            with self._calls.call() as client:
                model = self._with(client)

                def once() -> Iterator[ChatResult]:
                    yield model._generate_gemini(messages, stop, **kwargs)

                results = [result async for result in _in_thread(once)]
                return results[0]

        def _read(self, response: GenerateContentResponse) -> None:
            """A message has come.

            Raises:
                Failure: "content_filter".
            """
            size = GenerateContentResponse.pb(response).ByteSize()
            self._calls.wire.read(size, content=bool(response.candidates))
            _refuse_blocked_prompt(response)

        def _gemini_chunk_to_generation_chunk(
            self, response_chunk: Any, prev_total_usage: UsageMetadata | None = None
        ) -> tuple[ChatGenerationChunk, UsageMetadata | None]:
            self._read(response_chunk)
            chunk, usage = super()._gemini_chunk_to_generation_chunk(response_chunk, prev_total_usage)
            # Every chunk but the last says it has none; added up, they would read as one long finish reason.
            info = chunk.generation_info or {}
            if info.get("finish_reason") == "FINISH_REASON_UNSPECIFIED":
                del info["finish_reason"]
            # The counts are of all that came so far, and not every message has them.
            return chunk, usage or prev_total_usage

        def _gemini_response_to_chat_result(self, response: Any) -> ChatResult:
            self._read(response)
            return super()._gemini_response_to_chat_result(response)


def _refuse_blocked_prompt(response: GenerateContentResponse) -> None:
    """ChatVertexAI drops `prompt_feedback`: a blocked prompt would look like an empty reply.

    Raises:
        Failure: "content_filter".
    """
    reason = response.prompt_feedback.block_reason
    if reason:
        raise Failure("content_filter", detail=reason.name)


async def _in_thread(read: Callable[[], Iterator[T]]) -> AsyncGenerator[T, None]:
    """Iterate in a thread of its own: the loop's executor has few, and each silent stream would hold one."""
    loop = asyncio.get_running_loop()
    items: asyncio.Queue[T | _End] = asyncio.Queue()

    def pass_on(item: T | _End) -> None:
        with suppress(RuntimeError):  # the loop has closed, and with it whoever would take the item
            loop.call_soon_threadsafe(items.put_nowait, item)

    def run() -> None:
        try:
            for item in read():
                pass_on(item)
        except Exception as error:  # noqa: BLE001 - it is raised where the items are awaited
            pass_on(_End(error))
        else:
            pass_on(_End())

    context = contextvars.copy_context()
    threading.Thread(target=context.run, args=(run,), name="vertexai-reader", daemon=True).start()
    while not isinstance(item := await items.get(), _End):
        yield item
    if item.error is not None:
        raise item.error


class _End:
    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
