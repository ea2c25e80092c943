"""What visitors may: runs a minute, live runs, tokens, characters; in one Redis that two servers share."""

from __future__ import annotations

import asyncio
import json
import time
from asyncio import Event
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator
from contextlib import ExitStack, aclosing, asynccontextmanager
from typing import Any

import httpx
import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError
from redis.asyncio import Redis

from components.hosting import store
from components.hosting.limits import Limits
from components.hosting.store import RedisSemaphore, Store
from components.locale import Words
from components.providers import registry
from components.runs.lab import Lab
from components.runs.replay import LOOKS, frames, look
from components.settings import Settings
from components.streaming import Failure, Frame, Stop
from components.streaming.events import examples
from components.streaming.trace import open_run_file
from tests.app_process import App, free_port, running
from tests.http_stream import EVENTS, ask, events, pieces
from tests.run_log import wait_for
from tests.servers.openai_api import OpenAIServer
from tests.servers.openai_plan import AS_TOLD, ENDLESS
from tests.servers.redis import PASSWORD, RedisServer
from tests.visitors import Served, Visitor

ENGLISH = Words("en")

RUNS, MINE, ALL, CHARACTERS, TOKENS = 6, 3, 5, 200, 4000


@pytest.fixture(scope="module")
def redis() -> Iterator[RedisServer]:
    with RedisServer() as redis:
        yield redis


def serving(server: OpenAIServer, redis: RedisServer, **more: str) -> Any:
    """Every address in X-Forwarded-For is another visitor here."""
    return running(
        HOSTED="1",
        PROVIDER="openai",
        PUBLIC_PROVIDERS="openai",
        MODEL=AS_TOLD,
        OPENAI_BASE_URL=server.base_url,
        OPENAI_API_KEY="sk-good-OWNERS-KEY-0123456789",
        REDIS_URL=redis.url,
        TRUSTED_PROXIES="127.0.0.1",
        **{
            "RUNS_PER_MINUTE": str(RUNS),
            "STREAMS_PER_VISITOR": str(MINE),
            "STREAMS": str(ALL),
            "MESSAGE_CHARACTERS": str(CHARACTERS),
            "TOKENS_PER_DAY": str(TOKENS),
            **more,
        },
    )


@pytest.fixture(scope="module")
def app(openai_server: OpenAIServer, redis: RedisServer) -> Iterator[App]:
    with serving(openai_server, redis) as app:
        yield app


def visitor(number: int, **more: str) -> dict[str, str]:
    return {"X-Forwarded-For": f"203.0.113.{number}", **more}


def refused(app: App, message: str, headers: dict[str, str]) -> tuple[int, str, float]:
    """Status, kind and Retry-After."""
    response = ask(app.url, message, headers)
    told = json.load(response)
    return response.status, told["kind"], float(response.headers["Retry-After"] or 0)


def test_runs_a_minute_by_every_way_in(app: App) -> None:
    client = Client(app.url, verbose=False, headers=visitor(1))
    assert ask(app.url, "chunks=3", visitor(1)).read()
    assert client.predict("chunks=3", api_name="/chat")
    assert client.predict("chunks=3", "", api_name="/json")["text"]
    assert client.predict("chunks=3", "chat", api_name="/events") == []
    client.predict("stream", api_name="/lesson")  # two requests, one run
    assert ask(app.url, "chunks=3", visitor(1)).read()
    status, kind, wait = refused(app, "chunks=3", visitor(1))
    assert (status, kind) == (429, "too_many_runs")
    assert 1 <= wait <= 60
    for name, given in (
        ("chat", ["hi"]),
        ("json", ["hi", ""]),
        ("events", ["hi", "chat"]),
        ("lesson", ["1"]),
    ):
        with pytest.raises(AppError, match=r"Wait \d+ s, then try again"):
            client.predict(*given, api_name=f"/{name}")
    assert ask(app.url, "chunks=3", visitor(2)).read(), "another visitor"


async def test_replays_are_runs_too(app: App) -> None:
    async with httpx.AsyncClient(base_url=app.url, headers=visitor(15), timeout=60) as http:
        page, guest = await Served.at(http), Visitor(http)

        async def said(event: int, *data: Any, told: Any = None) -> str:
            """What the page is sent, without Gradio's own escapes."""
            messages = [message async for message in guest.does(event, *data, told=told)]
            assert messages[-1]["success"], messages[-1]
            return json.dumps(messages).replace("\\", "")

        async with guest.here():
            asked = ("chunks=3", "chat", "v2", None, None, *[""] * 6)
            assert "on_chat_model_stream" in await said(page.event("run-events", "click"), *asked)
            play = page.event("events", "play")
            for _ in range(RUNS - 1):
                assert "on_chat_model_stream" in await said(play, None, told={"speed": "all", "at": 0})
            refused = await said(play, None, told={"speed": "all", "at": 0})
            assert ENGLISH("fault_too_many_runs") in refused
            assert "on_chat_model_stream" not in refused
            # To move within the file is no run.
            assert "on_chat_model_stream" in await said(page.event("events", "release"), None, told={"at": 9})
    line = wait_for(app, lambda line: line["kind"] == "replay" and line["fault"] == "too_many_runs")
    assert (line["verdict"], line["chunks"]) == ("failed", 0)


async def test_live_replays_of_one() -> None:
    settings = Settings(streams_per_visitor=1, runs_per_minute=100)
    lab, run_file, stop = Lab(settings, registry(settings)), open_run_file(examples()[0]), Stop()

    def playing(visitor: str) -> AsyncGenerator[Frame]:
        return frames(lab, run_file, visitor, speed=0.1, start=0, stop=stop)

    async with aclosing(playing("someone")) as first:
        assert await anext(first)
        with pytest.raises(Failure, match="too_many_streams"):
            await anext(playing("someone"))
        async with aclosing(playing("another")) as other:
            assert await anext(other)
    assert lab.control.line.inside == 0
    stop.set()
    assert [frame async for frame in playing("someone")] == []
    for _ in range(LOOKS):
        await look(lab, "someone")
    with pytest.raises(Failure, match="too_many_runs"):
        await look(lab, "someone")
    lab.control.end()
    with pytest.raises(Failure, match="ending"):
        await anext(playing("another"))


def test_a_message_has_an_end(app: App) -> None:
    response = ask(app.url, "x" * (CHARACTERS + 1), visitor(3))
    told = json.load(response)
    assert (response.status, told["kind"], told["retryable"]) == (413, "message_too_long", False)
    assert str(CHARACTERS) in told["message"]


def test_a_schema_counts_with_the_message(app: App) -> None:
    """Without the white space in it."""
    client = Client(app.url, verbose=False, headers=visitor(16))
    schema = {"type": "object", "description": "x" * 100}
    message = "chunks=3,text=json,id=".ljust(CHARACTERS - len(json.dumps(schema, separators=(",", ":"))), "x")
    assert client.predict(message, json.dumps(schema, indent=40), api_name="/json")["verdict"]
    with pytest.raises(AppError, match=f"limit of {CHARACTERS} characters"):
        client.predict(f"{message}x", json.dumps(schema), api_name="/json")


def test_live_runs_of_one_and_of_all(app: App) -> None:
    with ExitStack() as crowd:

        def begin(number: int) -> Any:
            response = crowd.enter_context(ask(app.url, ENDLESS, visitor(number)))
            assert response.status == 200
            return response

        mine = [begin(4) for _ in range(MINE)]
        status, kind, wait = refused(app, "chunks=3", visitor(4))
        assert (status, kind) == (429, "too_many_streams")
        assert wait
        for _ in range(ALL - MINE):
            begin(5)
        status, kind, wait = refused(app, "chunks=3", visitor(6))
        assert (status, kind) == (503, "busy")
        assert wait
        mine[0].close()
        deadline = time.monotonic() + 60
        others = map(visitor, range(100, 250))  # each attempt is one of a visitor's runs
        while (again := ask(app.url, "chunks=3", next(others))).status != 200:
            again.read()
            time.sleep(0.2)
            assert time.monotonic() < deadline, "the place of one who left was not given back"
        assert again.read()


def test_the_store_goes_in_mid_run(app: App, openai_server: OpenAIServer, redis: RedisServer) -> None:
    response = ask(app.url, "chunks=30,rate=30,hold_after=10,id=store-goes", visitor(20, **EVENTS))
    told = events(response)
    assert next(told)[0] == "token"
    redis.stop()
    openai_server.release("store-goes")
    assert [name for name, _ in told][-1] == "done", "the run goes on to its end"
    assert refused(app, "chunks=3", visitor(21))[:2] == (503, "limits_down"), "the owner's key is closed"
    redis.start()
    deadline = time.monotonic() + 60
    while (again := ask(app.url, "chunks=3", visitor(22))).status != 200:
        again.read()
        assert time.monotonic() < deadline, "the store came back, and nobody noticed"
    assert "".join(pieces(again))
    assert "Traceback" not in app.log()
    assert PASSWORD not in app.log()


def test_two_servers_share_what_they_count(app: App, openai_server: OpenAIServer, redis: RedisServer) -> None:
    spent = f"chunks={TOKENS},size=1"
    with serving(openai_server, redis, MAX_TOKENS=str(10 * TOKENS)) as other:
        for one in (app, other) * (RUNS // 2):
            assert ask(one.url, "chunks=3", visitor(8)).read()
        assert refused(app, "chunks=3", visitor(8))[:2] == (429, "too_many_runs")
        assert refused(other, "chunks=3", visitor(8))[:2] == (429, "too_many_runs")

        with ExitStack() as streams:
            for one in (app, other, app)[:MINE]:
                assert streams.enter_context(ask(one.url, ENDLESS, visitor(12))).status == 200
            for one in (app, other):
                assert refused(one, "chunks=3", visitor(12))[:2] == (429, "too_many_streams")
        deadline = time.monotonic() + 60
        while (freed := ask(other.url, "chunks=3", visitor(12))).status != 200:
            freed.read()
            assert time.monotonic() < deadline, "what they had under way elsewhere is still counted"
        assert freed.read()

        assert ask(other.url, "chunks=3,id=before", visitor(9)).read()
        begun = ask(other.url, spent, visitor(10))
        assert begun.read(1)
        begun.read()
        line = wait_for(other, lambda line: line["tokens"] >= TOKENS)
        deadline = time.monotonic() + 60
        while (response := ask(app.url, "chunks=3", visitor(11))).status == 200:
            response.read()
            assert time.monotonic() < deadline, line
        told = json.load(response)
        assert (response.status, told["kind"]) == (429, "tokens_spent")
        assert 80_000 < float(response.headers["Retry-After"]) <= 86_400
        assert told["do"] == ENGLISH("environment_tokens_spent", wait="24 h")
        assert PASSWORD not in other.log() + app.log()


async def test_others_keys_go_on_without_the_store() -> None:
    """A Redis that never was: this process counts by itself where the owner pays nothing."""
    limits = Limits(
        Settings(redis_url=f"redis://127.0.0.1:{free_port()}", runs_per_minute=2, tokens_per_day=9)
    )
    for _ in range(2):
        await limits.begin("someone", 1, owners=False)
    with pytest.raises(Failure) as caught:
        await limits.begin("someone", 1, owners=False)
    assert caught.value.fault.kind == "too_many_runs"
    assert caught.value.fault.retry_after
    with pytest.raises(Failure) as caught:
        await limits.begin("another", 1, owners=True)
    assert (caught.value.fault.kind, caught.value.fault.retryable) == ("limits_down", True)
    limits.spend(5)  # nobody waits for it, and nothing is raised
    await limits.begin("another", 1, owners=False)


async def test_live_runs_are_counted_down() -> None:
    limits = Limits(Settings(streams_per_visitor=1))
    end = await limits.begin("someone", 10, owners=True)
    await limits.begin("another", 10, owners=True)
    with pytest.raises(Failure, match="too_many_streams"):
        await limits.begin("someone", 10, owners=True)
    end()
    await limits.begin("someone", 10, owners=True)


async def until(true: Callable[[], Awaitable[object]]) -> None:
    deadline = time.monotonic() + 60
    while not await true():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)


@asynccontextmanager
async def two_servers(redis: RedisServer) -> AsyncIterator[tuple[RedisSemaphore, RedisSemaphore, Redis]]:
    """And what both count in."""
    async with Redis.from_url(redis.url) as client:
        yield RedisSemaphore(client, Store()), RedisSemaphore(client, Store()), client
        await kill()


async def kill() -> None:
    """Their renewals, as with a process that is killed: it gives nothing back."""
    renewals = [task for task in asyncio.all_tasks() if task.get_name() == "renew a lease"]
    for task in renewals:
        task.cancel()
    await asyncio.gather(*renewals, return_exceptions=True)


async def test_live_runs_of_two_servers(redis: RedisServer) -> None:
    async with two_servers(redis) as (one, other, _):
        last = Event()
        assert await one.take("someone", 3, Event())
        assert await other.take("someone", 3, Event())
        assert await other.take("someone", 3, last)
        assert await one.take("someone", 3, Event()) is False
        assert await one.take("another", 1, Event())
        last.set()
        await until(lambda: one.take("someone", 3, Event()))
        await kill()
        assert await other.take("someone", 3, Event()) is False


async def test_live_runs_run_out_unless_they_are_renewed(
    redis: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with two_servers(redis) as (one, other, client):
        assert await one.take("killed", 1, Event())
        await kill()
        assert await other.take("killed", 1, Event()) is False
        (key,) = await client.keys("*killed*")

        async def ends() -> dict[Any, float]:
            return {run: float(at) for run, at in await client.zrange(key, 0, -1, withscores=True)}

        await client.zadd(key, dict.fromkeys(await ends(), 1))  # as if its time had passed
        monkeypatch.setattr(store, "LEASE", 9.0)
        assert await other.take("killed", 1, Event())
        first = await ends()

        async def renewed() -> bool:
            return any(at > first[run] for run, at in (await ends()).items())

        await until(renewed)


async def test_live_runs_without_the_store() -> None:
    limits = Limits(Settings(redis_url=f"redis://127.0.0.1:{free_port()}", streams_per_visitor=1))
    with pytest.raises(Failure, match="limits_down"):
        await limits.begin("someone", 1, owners=True)
    end = await limits.begin("someone", 1, owners=False)
    with pytest.raises(Failure, match="too_many_streams"):
        await limits.begin("someone", 1, owners=False)
    end()
    await limits.begin("someone", 1, owners=False)
