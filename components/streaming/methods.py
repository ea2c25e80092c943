"""LangChain's ways to run a chain, each as a reader that puts the chain's text somewhere, chunk by chunk."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from components.streaming.text import text_of

if TYPE_CHECKING:
    from langchain_core.runnables import Runnable, RunnableConfig
    from langchain_core.runnables.schema import StreamEvent

    Put = Callable[[str], None]
    SyncReader = Callable[[Runnable[Any, Any], Any, RunnableConfig, Put], None]
    AsyncReader = Callable[[Runnable[Any, Any], Any, RunnableConfig, Put], Awaitable[None]]

# Chunks that are all there already leave `async for` without a single real wait in between: without a
# pause of its own such a reader would hold the loop until its model has ended.
BREATH = 0.01


def read_stream(chain: Runnable[Any, Any], value: Any, config: RunnableConfig, put: Put) -> None:
    for chunk in chain.stream(value, config):
        put(text_of(chunk))


def read_invoke(chain: Runnable[Any, Any], value: Any, config: RunnableConfig, put: Put) -> None:
    put(text_of(chain.invoke(value, config)))


async def read_astream(chain: Runnable[Any, Any], value: Any, config: RunnableConfig, put: Put) -> None:
    breath = Breath()
    async with aclosing(chain.astream(value, config)) as chunks:  # type: ignore[type-var]
        async for chunk in chunks:
            put(text_of(chunk))
            if breath.due:
                await breath.take()


async def read_astream_events(
    chain: Runnable[Any, Any],
    value: Any,
    config: RunnableConfig,
    put: Put,
    take: Callable[[StreamEvent], None] | None = None,
    asked: Mapping[str, Sequence[str]] | None = None,
) -> None:
    """`take` is given every event; `asked` are LangChain's filters by their names."""
    breath = Breath()
    given: AsyncIterator[StreamEvent] = chain.astream_events(value, config, version="v2", **(asked or {}))
    async with aclosing(given) as events:  # type: ignore[type-var]
        async for event in events:
            if take is not None:
                take(event)
            # The chain's own output is what its outermost run streams; the rest are its steps.
            if not event["parent_ids"] and event["event"].endswith("_stream"):
                put(text_of(event["data"]["chunk"]))
            if breath.due:
                await breath.take()


class Breath:
    """Lets the event loop go on from time to time; asked whether it is due, as awaiting costs more."""

    def __init__(self) -> None:
        self._last = time.perf_counter()

    @property
    def due(self) -> bool:
        return time.perf_counter() - self._last > BREATH

    async def take(self) -> None:
        await asyncio.sleep(0)
        self._last = time.perf_counter()


SYNC: dict[str, SyncReader] = {"stream": read_stream, "invoke": read_invoke}
ASYNC: dict[str, AsyncReader] = {"astream": read_astream, "astream_events": read_astream_events}
