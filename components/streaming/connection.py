"""What a run reads: a chat model, or a chain over it, what only its wire tells, and the means to end it.

And how: by one of LangChain's methods, or by any code that hands on what comes.
"""

import asyncio
import contextvars
import threading
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from concurrent.futures import Future
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Any, Final, Self, TypeVar

from components.streaming.faults import Fault
from components.streaming.records import PartKind, Read
from components.streaming.trace import Asked, Trace
from components.streaming.typed_events import AsEvents

Put = Callable[[Any], None]
# LangChain's, which is not imported for its name.
RunnableConfig = dict[str, Any]
T = TypeVar("T")
# What stands in a header in the key's place.
KEY: Final = "{key}"


@dataclass(frozen=True, slots=True)
class Request:
    """It stays in memory: its address may be nobody's business, and no key is in it.

    `address`: the part of the URL to which the client's own paths are added.
    """

    method: str
    address: str
    url: str
    headers: Mapping[str, str]
    body: Mapping[str, Any]


class NotSent(Exception):
    """A request that was only to be looked at."""


@dataclass(slots=True)
class Wire:
    """Of the requests over one connection. Filled by whoever reads it, from one thread at a time.

    `trace`: where its records go. `reply`: the last one's id, where its server gives it one. `done`: it said
    itself that nothing more comes. `refusal`: the model's words where it refused to answer; `ending`: the
    provider's words about why the reply ended. `notes`: see `Ending`. `dry`: no request may leave.
    """

    trace: Trace = field(default_factory=Trace)
    reply: str = ""
    done: bool = False
    refusal: str = ""
    ending: str = ""
    notes: list[tuple[str, str]] = field(default_factory=list)
    dry: bool = False

    def ask(self, request: Request) -> None:
        """It is about to leave. Raises NotSent: it may not."""
        self.trace.request = request
        if self.dry:
            raise NotSent

    def read(self, size: int, *, content: bool, at: float | None = None) -> None:
        """So many bytes have come, `at` that time or now; with something of a reply in them, or without."""
        self.trace.add(Read(self.trace.now() if at is None else at, size, content))

    def note(self, kind: str, value: str) -> None:
        """What the reply's line has to say."""
        if (kind, value) not in self.notes:
            self.notes.append((kind, value))


def approximate_tokens(text: str) -> int:
    """An estimate on the high side: UTF-8 bytes over three (English takes about four, Japanese three)."""
    return len(text.encode("utf-8", "replace")) // 3 + 1


@dataclass(frozen=True, slots=True)
class Connection:
    """One attempt's. `model`: a chat model, as a provider opens it, or the chain over it that the run reads,
    with its input, `value`.

    `abort` may be called from any thread, any number of times: it breaks what the model is waiting for,
    so that a thread blocked in it returns at once. `close` releases sockets when the attempt is over.
    `refine` may say more about a fault, such as why the other end hung up.
    `secrets` is what must never reach a log; `window` the model's context in tokens, 0 when unknown.
    `held_to` gives the model bound to a JSON schema, None where it can only be asked in words.
    `skip` ends the model's thinking, where its server can; from any thread, at any time.
    `wire` has what only the wire says, where it can be read; `limit`: tokens that a reply was allowed, 0 when
    unknown. `cpu`: seconds of a processor that its server has used so far, where the server is ours.
    """

    model: Any
    value: Any = None
    abort: Callable[[], None] = lambda: None
    close: Callable[[], None] = lambda: None
    refine: Callable[[Fault], Fault] = lambda fault: fault
    secrets: tuple[str, ...] = field(default=(), repr=False)
    window: int = 0
    count_tokens: Callable[[str], int] = approximate_tokens
    held_to: Callable[[Mapping[str, Any]], Any] = lambda schema: None
    skip: Callable[[], None] | None = None
    wire: Wire = field(default_factory=Wire)
    limit: int = 0
    cpu: Callable[[], float | None] = lambda: None

    def with_chain(self, chain: Any, value: Any) -> Self:
        """The same, to be read through `chain`, which is given `value`."""
        return replace(self, model=chain, value=value)


# Chunks that are all there already leave `async for` without a single real wait in between: without a
# pause of its own such a reader would hold the loop until its model has ended.
BREATH = 0.01


@dataclass(frozen=True, slots=True)
class Reader:
    """`name`: a report's method. `kind`: of the part that a chunk's text is shown as. `read`: given a
    connection, a config with the engine's callbacks, what takes each chunk and what takes each event, and
    LangChain's filters of events by their names, reads to the end.

    `blocks`: `read` is a plain function, which gets a thread of its own; else it is awaited on the loop.
    `rests`: its thread may be made to pause after a chunk, so that the loop can show it.
    """

    name: str
    read: Callable[..., Awaitable[None] | None]
    blocks: bool = False
    rests: bool = False
    kind: PartKind = "text"


def _stream(source: Connection, config: RunnableConfig, put: Put, *_: Any) -> None:
    for chunk in source.model.stream(source.value, config):
        put(chunk)


def _invoke(source: Connection, config: RunnableConfig, put: Put, *_: Any) -> None:
    put(source.model.invoke(source.value, config))


async def _astream(source: Connection, config: RunnableConfig, put: Put, *_: Any) -> None:
    await _each(source.model.astream(source.value, config), put)


async def _read_events(source: Connection, config: RunnableConfig, put: Put, take: Put, asked: Asked) -> None:
    def read(event: Any) -> None:
        take(event)
        # The chain's own output is what its outermost run streams; the rest are its steps.
        if not event["parent_ids"] and event["event"].endswith("_stream"):
            put(event["data"]["chunk"])

    await _each(source.model.astream_events(source.value, config, version="v2", **asked), read)


async def _read_typed(source: Connection, config: RunnableConfig, put: Put, take: Put, _: Asked) -> None:
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
TYPED: Final = Reader("astream_events v3", _read_typed)
READERS: Final = {
    reader.name: reader
    for reader in (
        Reader("stream", _stream, blocks=True, rests=True),
        Reader("astream", _astream),
        Reader("astream_events", _read_events),
        # After its one chunk there is nothing that could be read later: it needs no rest.
        Reader("invoke", _invoke, blocks=True),
        TYPED,
    )
}
