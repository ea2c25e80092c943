"""What visitors may: runs a minute, live runs, tokens, characters; in one Redis that two servers share."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError

from components.hosting.limits import Limits
from components.settings import Settings
from components.streaming import Failure
from tests.app_process import App, free_port, running
from tests.http_stream import EVENTS, ask, events, pieces
from tests.run_log import wait_for
from tests.servers.openai_api import OpenAIServer
from tests.servers.openai_plan import AS_TOLD
from tests.servers.redis import PASSWORD, RedisServer

RUNS, MINE, ALL, CHARACTERS, TOKENS = 6, 3, 5, 200, 4000
SLOW = "chunks=2000,rate=20"


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


def test_a_message_has_an_end(app: App) -> None:
    response = ask(app.url, "x" * (CHARACTERS + 1), visitor(3))
    told = json.load(response)
    assert (response.status, told["kind"], told["retryable"]) == (413, "message_too_long", False)
    assert str(CHARACTERS) in told["message"]


def test_live_runs_of_one_and_of_all(app: App) -> None:
    with ExitStack() as crowd:

        def begin(number: int) -> Any:
            response = crowd.enter_context(ask(app.url, SLOW, visitor(number)))
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
        deadline = time.monotonic() + 30
        while (again := ask(app.url, "chunks=3", visitor(7))).status != 200:
            again.read()
            assert time.monotonic() < deadline, "the place of one who left was not given back"
        assert again.read()


def test_the_store_goes_in_mid_run(app: App, redis: RedisServer) -> None:
    response = ask(app.url, "chunks=60,rate=30,id=store-goes", visitor(20, **EVENTS))
    told = events(response)
    assert next(told)[0] == "token"
    redis.stop()
    assert [name for name, _ in told][-1] == "done", "the run goes on to its end"
    began = time.monotonic()
    assert refused(app, "chunks=3", visitor(21))[:2] == (503, "limits_down"), "the owner's key is closed"
    took = time.monotonic() - began
    print(f"refused without a store in {took:.3f} s")
    assert took < 10
    redis.start()
    deadline = time.monotonic() + 30
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

        assert ask(other.url, "chunks=3,id=before", visitor(9)).read()
        begun = ask(other.url, spent, visitor(10))
        assert begun.read(1)
        begun.read()
        line = wait_for(other, lambda line: line["tokens"] >= TOKENS)
        deadline = time.monotonic() + 20
        while (response := ask(app.url, "chunks=3", visitor(11))).status == 200:
            response.read()
            assert time.monotonic() < deadline, line
        told = json.load(response)
        assert (response.status, told["kind"]) == (429, "tokens_spent")
        assert 80_000 < float(response.headers["Retry-After"]) <= 86_400
        assert told["do"] == "There is more in 24 h."
        assert PASSWORD not in other.log() + app.log()


async def test_others_keys_go_on_without_the_store() -> None:
    """A Redis that never was: this process counts by itself where the owner pays nothing."""
    limits = Limits(
        Settings(redis_url=f"redis://127.0.0.1:{free_port()}", runs_per_minute=2, tokens_per_day=9)
    )
    for _ in range(2):
        await limits.check("someone", owners=False)
    with pytest.raises(Failure) as caught:
        await limits.check("someone", owners=False)
    assert caught.value.fault.kind == "too_many_runs"
    assert caught.value.fault.retry_after
    with pytest.raises(Failure) as caught:
        await limits.check("another", owners=True)
    assert (caught.value.fault.kind, caught.value.fault.retryable) == ("limits_down", True)
    limits.spend(5)  # nobody waits for it, and nothing is raised
    await limits.check("another", owners=False)


async def test_live_runs_are_counted_down() -> None:
    limits = Limits(Settings(streams_per_visitor=1))
    limits.begin("someone", 10)
    limits.begin("another", 10)
    with pytest.raises(Failure, match="too_many_streams"):
        limits.begin("someone", 10)
    limits.end("someone")
    limits.begin("someone", 10)
