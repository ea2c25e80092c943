"""LangChain's ways to run a chain, each as a reader that hands on the chain's chunks."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING, Final

from components.streaming.reader import Reader

if TYPE_CHECKING:
    from langchain_core.runnables import RunnableConfig
    from langchain_core.runnables.schema import StreamEvent

    from components.streaming.connection import Connection
    from components.streaming.reader import Put

# Chunks that are all there already leave `async for` without a single real wait in between: without a
# pause of its own such a reader would hold the loop until its model has ended.
BREATH = 0.01


def _stream(source: Connection, config: RunnableConfig, put: Put) -> None:
    for chunk in source.model.stream(source.value, config):
        put(chunk)


def _invoke(source: Connection, config: RunnableConfig, put: Put) -> None:
    put(source.model.invoke(source.value, config))


async def _astream(source: Connection, config: RunnableConfig, put: Put) -> None:
    breath = Breath()
    async with aclosing(source.model.astream(source.value, config)) as chunks:
        async for chunk in chunks:
            put(chunk)
            if breath.due:
                await breath.take()


async def read_events(
    source: Connection,
    config: RunnableConfig,
    put: Put,
    *,
    take: Callable[[StreamEvent], None] | None = None,
    asked: Mapping[str, Sequence[str]] | None = None,
) -> None:
    """`take` is given every event; `asked` are LangChain's filters by their names."""
    breath = Breath()
    events: AsyncGenerator[StreamEvent]
    events = source.model.astream_events(source.value, config, version="v2", **(asked or {}))
    async with aclosing(events):
        async for event in events:
            if take is not None:
                take(event)
            # The chain's own output is what its outermost run streams; the rest are its steps.
            if not event["parent_ids"] and event["event"].endswith("_stream"):
                put(event["data"]["chunk"])
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


READERS: Final = {
    reader.name: reader
    for reader in (
        Reader("stream", _stream, blocks=True, rests=True),
        Reader("astream", _astream),
        Reader("astream_events", read_events),
        # After its one chunk there is nothing that could be read later: it needs no rest.
        Reader("invoke", _invoke, blocks=True),
    )
}
