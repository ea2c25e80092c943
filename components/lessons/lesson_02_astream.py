"""The same in a coroutine: astream."""

import asyncio
from contextlib import aclosing

from langchain_core.language_models import BaseChatModel


async def lesson(model: BaseChatModel, prompt: str) -> None:
    worked = 0

    async def work() -> None:
        nonlocal worked
        while True:
            await asyncio.sleep(0.005)
            worked += 1

    other = asyncio.create_task(work())
    try:
        async with aclosing(model.astream(prompt)) as chunks:  # type: ignore[type-var]
            async for chunk in chunks:
                print(repr(chunk.text or chunk.content_blocks))
    finally:
        other.cancel()
    print(f"meanwhile the other task worked {worked} times")
