"""Errors in mid-stream, retries before the first chunk, and a log."""

import logging
from collections.abc import AsyncIterator
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.runnables import RunnableGenerator
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, stop_after_attempt
from tenacity.wait import wait_exponential_jitter

log = logging.getLogger("lesson")


def unreliable(model: BaseChatModel, refusals: int, break_after: int) -> RunnableGenerator[Any, Any]:
    """Refuses so many times; then streams, and breaks off after so many chunks."""
    attempts = 0

    async def stream(questions: AsyncIterator[Any]) -> AsyncIterator[Any]:
        nonlocal attempts
        attempts += 1
        if attempts <= refusals:
            raise ConnectionRefusedError(f"made up: refusal {attempts}")
        async for question in questions:
            sent = 0
            async for chunk in model.astream(question):
                yield chunk
                sent += 1
                if sent == break_after:
                    raise ConnectionResetError(f"made up: broke off after {sent} chunks")

    return RunnableGenerator(stream)


async def lesson(model: BaseChatModel, prompt: str) -> None:
    chain = unreliable(model, refusals=2, break_after=8)
    arrived: list[str] = []

    def tell(state: RetryCallState) -> None:
        reason = state.outcome and state.outcome.exception()
        log.warning("attempt %d failed: %s", state.attempt_number, reason)
        print(f"attempt {state.attempt_number} failed ({reason}); again in {state.upcoming_sleep:.2f} s")

    retrying = AsyncRetrying(
        retry=retry_if_exception(lambda error: isinstance(error, ConnectionError) and not arrived),
        wait=wait_exponential_jitter(initial=0.2, max=5, jitter=0.1),
        stop=stop_after_attempt(4),
        before_sleep=tell,
        reraise=True,
    )
    try:
        async for attempt in retrying:
            with attempt:
                async for chunk in chain.astream(prompt):
                    arrived.append(chunk.text)
                    print(repr(chunk.text))
    except ConnectionError as error:
        log.warning("broke off after %d chunks: %s", len(arrived), error)
        print(f"the reply ended early ({error}); kept: {''.join(arrived)!r}")
