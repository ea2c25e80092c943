"""Stop ends a run wherever it is, and the model's server sees its connection closed."""

from __future__ import annotations

import asyncio
import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import aclosing

import pytest

from components.providers import Choice
from components.providers.scripted import Scripted
from components.settings import METHODS, Settings
from components.streaming import READERS, Connection, Frame, Stop, Verdict, run
from tests.left_over import NoCollection, held, settled
from tests.runs import SPOKEN, Got, check_frames, collect, openai, opening, source_of
from tests.servers.openai_api import OpenAIServer
from tests.servers.openai_plan import ENDLESS, pieces

FIVE = "".join(pieces("lorem", 5))

PLACES = {
    "streaming": ENDLESS,
    "flooded": "chunks=100000,stall_after=99999",
    "before headers": "stall_first",
    "before the first chunk": "stall_headers",
    "mid-reply": "stall_after=5",
    "kept alive": "stall_after=5,pings=0.05",
}


def check_closed(server: OpenAIServer, model: str) -> None:
    """The server saw the connection closed, and had not finished its reply."""
    assert server.wait_for(lambda entry: entry.closed is not None, model).finished is None


def check_stopped(got: Got) -> None:
    check_frames(got.frames)
    assert (got.report.verdict, got.report.fault) == (Verdict.STOPPED, None)
    assert got.report.closed_after is not None
    assert got.report.closed_after >= 0


def asked(server: OpenAIServer, model: str) -> Callable[[], bool]:
    return lambda: bool(server.requests(model))


async def until(condition: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not await asyncio.to_thread(condition):
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)


# An invoke asks for no stream: its reply comes whole, so it can't be stopped between chunks.
INVOKED = {"before headers", "before the first chunk", "mid-reply"}


@pytest.mark.parametrize(
    ("place", "method", "spoken"),
    [
        (place, method, spoken)
        for spoken in SPOKEN
        for place in (PLACES if spoken == "openai" else ("before headers", "mid-reply"))
        for method in METHODS
        if method != "invoke" or place in INVOKED
    ],
)
async def test_stop(
    openai_server: OpenAIServer, caplog: pytest.LogCaptureFixture, place: str, method: str, spoken: str
) -> None:
    model = f"{PLACES[place]},stop-{method}-{spoken.replace(' ', '-')}"
    has_text = place not in {"before headers", "before the first chunk"} and method != "invoke"
    stop = Stop()
    texts: list[str] = []
    reading = asyncio.create_task(
        collect(
            opening(spoken, openai_server.address, model),
            method,
            stop=stop,
            seen=lambda frame: texts.append(frame.text),
        )
    )
    arrived = FIVE if place == "mid-reply" else ""
    await until(
        (lambda: bool(texts and texts[-1] and texts[-1].startswith(arrived)))
        if has_text
        else asked(openai_server, model)
    )
    stop.set()
    got = await reading

    check_stopped(got)
    check_closed(openai_server, model)
    assert caplog.messages == []  # it is no failure, of the model or of a callback
    assert got.text.startswith(texts[-1])
    assert bool(got.text) == has_text
    if place == "mid-reply" and has_text:
        assert got.text == FIVE


@pytest.mark.parametrize("method", METHODS)
async def test_stop_from_a_thread_does_not_wait_for_the_loop(
    openai_server: OpenAIServer, method: str
) -> None:
    model = f"stall_headers,blocked-{method}"
    stop = Stop()
    reading = asyncio.create_task(collect(openai(openai_server.base_url, model), method, stop=stop))
    await until(asked(openai_server, model))
    stopper = threading.Thread(target=stop.set)
    stopper.start()
    # The loop is held here, as a busy one would be, until the server has seen the end.
    openai_server.wait_for(lambda entry: entry.closed is not None, model)
    stopper.join()

    check_stopped(await reading)


@pytest.mark.parametrize("method", METHODS)
async def test_stop_before_the_run(openai_server: OpenAIServer, method: str) -> None:
    model = f"gpt-never-{method}"
    stop = Stop()
    stop.set()
    got = await collect(openai(openai_server.base_url, model), method, stop=stop)

    check_stopped(got)
    assert openai_server.requests(model) == []


async def test_stop_while_opening_closes_what_is_opened_after_all() -> None:
    stop, may_open, closed = Stop(), threading.Event(), threading.Event()
    connection = Scripted(Settings()).open(Choice("scripted"))

    def open_slowly() -> Connection:
        stop.set()
        may_open.wait(60)
        return Connection(connection.model, "Hi", close=closed.set)

    got = await collect(open_slowly, stop=stop)
    check_stopped(got)
    assert not closed.is_set()
    may_open.set()
    await until(closed.is_set)


@pytest.mark.parametrize("method", METHODS)
async def test_stop_while_waiting_to_retry(openai_server: OpenAIServer, method: str) -> None:
    model = f"429,retry_after=15,waiting-{method}"
    stop = Stop()

    def set_at_retry(frame: Frame) -> None:
        if frame.retry:
            stop.set()

    got = await collect(openai(openai_server.base_url, model), method, stop=stop, seen=set_at_retry)

    check_stopped(got)
    assert len(openai_server.requests(model)) == 1


async def test_stop_after_the_end_changes_nothing(openai_server: OpenAIServer) -> None:
    stop = Stop()
    got = await collect(openai(openai_server.base_url, "gpt"), stop=stop)
    stop.set()

    assert (got.report.verdict, got.report.closed_after) == (Verdict.STREAMED, None)


@pytest.mark.parametrize("method", ["stream", "astream", "astream_events"])
@pytest.mark.parametrize(
    ("way", "spoken"),
    [*(("cancel", spoken) for spoken in SPOKEN), ("aclose", "openai"), ("break", "openai")],
)
async def test_leaving_early_closes_the_connection(
    openai_server: OpenAIServer, method: str, way: str, spoken: str
) -> None:
    model = f"{ENDLESS},{way}-{method}-{spoken.replace(' ', '-')}"
    text = asyncio.Event()

    async def read() -> None:
        frames = run(opening(spoken, openai_server.address, model), READERS[method])
        async for frame in frames:
            if frame.text:
                text.set()
                if way != "cancel":
                    break
        if way == "aclose":
            async with aclosing(frames):
                pass

    reading = asyncio.create_task(read())
    await asyncio.wait_for(text.wait(), 60)
    if way == "cancel":
        reading.cancel()
        await asyncio.wait([reading])
    else:
        await reading

    await until(lambda: any(entry.closed for entry in openai_server.requests(model)))
    check_closed(openai_server, model)


@pytest.mark.parametrize("method", METHODS)
async def test_a_chain_s_fallback_is_no_way_on(openai_server: OpenAIServer, method: str) -> None:
    """Stop is no failure that another model should make good."""
    place = "before the first chunk" if method == "invoke" else "flooded"
    model = f"{PLACES[place]},fallback-{method}"
    second = f"gpt-second-{method}"
    stop = Stop()

    def open_both() -> Connection:
        first = openai(openai_server.base_url, model)()
        other = openai(openai_server.base_url, second)()

        def close() -> None:
            first.close()
            other.close()

        def abort() -> None:
            first.abort()
            other.abort()

        return Connection(first.model.with_fallbacks([other.model]), first.value, abort, close)

    reading = asyncio.create_task(collect(open_both, method, stop=stop))
    await until(asked(openai_server, model))
    stop.set()

    check_stopped(await reading)
    assert openai_server.requests(second) == []


async def test_the_scripted_provider_stops_too() -> None:
    choice = Choice("scripted", values={"delay": "30"})
    for method in METHODS:
        stop = Stop()
        asyncio.get_running_loop().call_later(0.05, stop.set)
        check_stopped(await collect(lambda: source_of(Scripted(Settings()).open(choice)), method, stop=stop))


@pytest.mark.slow
async def test_nothing_is_left_of_two_hundred_runs(openai_server: OpenAIServer) -> None:
    models = ("chunks=40,rate=400", "chunks=60", "stall_after=5", "stall_first", "drop_after=5", "401")
    at_once = asyncio.Semaphore(20)
    chance = random.Random(200)

    async def one(number: int, stopped: bool) -> Got:
        stop = Stop()
        model = models[number // 4 % len(models)] if stopped else models[number // 4 % 2]
        async with at_once:
            if stopped:
                asyncio.get_running_loop().call_later(chance.random() / 5, stop.set)
            return await collect(openai(openai_server.base_url, model), METHODS[number % 4], stop=stop)

    await asyncio.gather(*(one(number, stopped=False) for number in range(8)))
    with NoCollection():
        await asyncio.sleep(0.1)
        before = held(openai_server.port)
        each = await asyncio.gather(*(one(number, stopped=number // 4 % 2 == 0) for number in range(200)))
        after = await settled(openai_server.port, before)

    verdicts = [got.report.verdict for got in each]
    print({verdict.value: verdicts.count(verdict) for verdict in set(verdicts)}, before, after, sep="\n")
    # Those that have no end of their own, at least.
    assert verdicts.count(Verdict.STOPPED) >= 32
    assert Counter(after.threads) <= Counter(before.threads)
    assert after.tasks <= before.tasks
    assert after.sockets <= before.sockets
    assert after.files <= before.files
    assert after.pool <= 32  # the executor's own limit
