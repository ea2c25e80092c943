"""How a run reads its chain: by one of LangChain's methods, or by any code that hands on what comes."""

from __future__ import annotations

import asyncio
import contextvars
import threading
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from concurrent.futures import Future
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeVar

from components.streaming.records import PartKind
from components.streaming.typed_events import AsEvents

if TYPE_CHECKING:
    from langchain_core.runnables import RunnableConfig
    from langchain_core.runnables.schema import StreamEvent

    from components.streaming.connection import Connection
    from components.streaming.trace import Asked

    Put = Callable[[Any], None]
    # Given a connection, a config with the engine's callbacks, and what takes each chunk, reads to the end.
    Read = Callable[..., Awaitable[None] | None]

T = TypeVar("T")
# Chunks that are all there already leave `async for` without a single real wait in between: without a
# pause of its own such a reader would hold the loop until its model has ended.
BREATH = 0.01


@dataclass(frozen=True, slots=True)
class Reader:
    """`name`: a report's method. `kind`: of the part that a chunk's text is shown as.

    `blocks`: `read` is a plain function, which gets a thread of its own; else it is awaited on the loop.
    `events`: it tells of events, too, to `take`. `rests`: its thread may be made to pause after a chunk, so
    that the loop can show it.
    """

    name: str
    read: Read
    blocks: bool = False
    events: bool = False
    rests: bool = False
    kind: PartKind = "text"


def _stream(source: Connection, config: RunnableConfig, put: Put) -> None:
    for chunk in source.model.stream(source.value, config):
        put(chunk)


def _invoke(source: Connection, config: RunnableConfig, put: Put) -> None:
    put(source.model.invoke(source.value, config))


async def _astream(source: Connection, config: RunnableConfig, put: Put) -> None:
    await _each(source.model.astream(source.value, config), put)


async def _read_events(source: Connection, config: RunnableConfig, put: Put, take: Put, asked: Asked) -> None:
    """`take` is given every event; `asked` are LangChain's filters by their names."""

    def read(event: StreamEvent) -> None:
        take(event)
        # The chain's own output is what its outermost run streams; the rest are its steps.
        if not event["parent_ids"] and event["event"].endswith("_stream"):
            put(event["data"]["chunk"])

    await _each(source.model.astream_events(source.value, config, version="v2", **asked), read)


async def _read_typed(source: Connection, config: RunnableConfig, put: Put, take: Put, asked: Asked) -> None:
    """v3 has no filters. The graph knows which of its nodes answers."""
    as_event = AsEvents()

    def read(event: Any) -> None:
        take(as_event(event))
        if text := source.model.text_in(event):
            put(text)

    await _each(source.model.typed_events(source.value, config), read)


async def _each(items: AsyncGenerator[T], read: Callable[[T], None]) -> None:
    breath = time.perf_counter()
    async with aclosing(items):
        async for item in items:
            read(item)
            if time.perf_counter() - breath > BREATH:
                await asyncio.sleep(0)
                breath = time.perf_counter()


def in_thread(function: Callable[[], T], name: str) -> asyncio.Future[T]:
    """Start `function` in a new thread; the future has its result or exception when the thread is done.

    A pool would make the forty-first reader wait for the first to end. The thread is a daemon, so one
    that a foreign server keeps busy can't keep the process from ending.
    """
    done: Future[T] = Future()
    done.set_running_or_notify_cancel()  # who no longer waits for a thread doesn't end it
    run, given = contextvars.copy_context().run, (_settle, done, function)
    threading.Thread(target=run, args=given, name=name, daemon=True).start()
    return asyncio.wrap_future(done)


def _settle(done: Future[T], function: Callable[[], T]) -> None:
    try:
        done.set_result(function())
    except BaseException as exc:  # noqa: BLE001  # handed to the one who awaits
        # A future refuses StopIteration: it would end whoever awaits it.
        done.set_exception(RuntimeError("StopIteration from a thread") if type(exc) is StopIteration else exc)
    finally:
        del done  # an exception's traceback holds this frame: the two would keep each other alive


# Of graphs only.
TYPED: Final = Reader("astream_events v3", _read_typed, events=True)
READERS: Final = {
    reader.name: reader
    for reader in (
        Reader("stream", _stream, blocks=True, rests=True),
        Reader("astream", _astream),
        Reader("astream_events", _read_events, events=True),
        # After its one chunk there is nothing that could be read later: it needs no rest.
        Reader("invoke", _invoke, blocks=True),
        TYPED,
    )
}
