"""Two replicas behind the README's proxy, over one cluster for inference, with limits in one Redis."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, ExitStack

import httpx
import pytest

from tests.app_process import App, running
from tests.servers.haproxy import proxied
from tests.servers.openai_api import OpenAIServer
from tests.servers.openai_plan import AS_TOLD, pieces
from tests.servers.redis import RedisServer
from tests.visitors import Refused, Visitor

VISITORS = 60
# Held until all have begun and one replica has gone; each chunk costs everyone something.
CHUNKS = 40
PLAN = f"chunks={CHUNKS},rate=10,hold_after=10,id=sixty"
WHOLE = "".join(pieces("lorem", CHUNKS))
# For the few there are when one is told to end.
FEW = "chunks=30,rate=20,hold_after=10,id=few"
# For those who ask again: nothing needs to happen meanwhile.
SHORT = "chunks=20,rate=40"


# Each visitor's first, and the one they ask for again.
RUNS_PER_MINUTE = 2


@pytest.fixture(scope="module")
def environment(openai_server: OpenAIServer) -> Iterator[dict[str, str]]:
    environment = {
        "PROVIDER": "openai",
        "MODEL": AS_TOLD,
        "OPENAI_BASE_URL": openai_server.base_url,
        "RUNS_PER_MINUTE": str(RUNS_PER_MINUTE),
        "TRUSTED_PROXIES": "127.0.0.0/8",
        "DRAIN_SECONDS": "600",
    }
    with RedisServer() as redis:
        yield {"REDIS_URL": redis.url, **environment}


@pytest.fixture(scope="module")
def replicas(environment: dict[str, str]) -> Iterator[list[App]]:
    with ExitStack() as stack:
        yield [stack.enter_context(running(**environment)) for _ in range(2)]


class Guest:
    """One browser: an address and cookies of its own, and what it has read."""

    def __init__(self, url: str, number: int) -> None:
        forwarded = {"X-Forwarded-For": f"198.51.100.{number}"}
        self.http = httpx.AsyncClient(base_url=url, headers=forwarded, timeout=60)
        self.visitor = Visitor(self.http)
        self.text = ""

    @property
    def replica(self) -> str:
        return self.http.cookies["replica"]

    async def read(self, plan: str = PLAN) -> str:
        async for text in self.visitor.chats(plan):
            self.text = text
        return self.text


async def test_runs_are_counted_together(replicas: list[App]) -> None:
    there, here = (Guest(app.url, 200) for app in replicas)
    assert await there.read("chunks=3") == await here.read("chunks=3")
    for guest in (there, here):
        with pytest.raises(Refused, match="Too many runs from your address"):
            await guest.read("chunks=3")
    other = Guest(replicas[0].url, 201)
    assert await other.read("chunks=3")
    for guest in (there, here, other):
        await guest.http.aclose()


async def test_sixty_visitors_and_a_replica_that_dies(
    replicas: list[App], openai_server: OpenAIServer
) -> None:
    with proxied(*(app.url for app in replicas)) as url:
        guests = [Guest(url, number) for number in range(VISITORS)]
        replies = [asyncio.create_task(guest.read()) for guest in guests]
        async with asyncio.timeout(60):
            while not all(guest.text for guest in guests):
                assert [reply for reply in replies if reply.done()] == []
                await asyncio.sleep(0.05)
        lost = [number for number, guest in enumerate(guests) if guest.replica == "app1"]
        assert len(lost) == VISITORS // 2

        replicas[0].process.send_signal(signal.SIGKILL)
        killed = time.monotonic()
        openai_server.release("sixty", VISITORS)
        ends = await asyncio.gather(*replies, return_exceptions=True)
        for number, end in enumerate(ends):
            if number in lost:
                assert isinstance(end, httpx.HTTPError), end
                assert guests[number].text
                assert WHOLE.startswith(guests[number].text)
            else:
                assert end == WHOLE
                assert guests[number].replica == "app2"

        # Retry, by the same browsers, with the cookie of the replica that is gone.
        assert all(guests[number].replica == "app1" for number in lost)
        again = await asyncio.gather(*(guests[number].read(SHORT) for number in lost))
        assert again == ["".join(pieces("lorem", 20))] * len(lost)
        assert all(guest.replica == "app2" for guest in guests)
        print(f"all of {VISITORS} had their replies {time.monotonic() - killed:.1f} s after one was killed")
        for guest in guests:
            await guest.http.aclose()
    assert "Traceback" not in replicas[1].log()


async def until(true: Callable[[], Awaitable[bool]], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not await true():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.1)


async def test_a_replica_that_is_told_to_end(
    replicas: list[App], environment: dict[str, str], openai_server: OpenAIServer
) -> None:
    """The one that is left; another was started in place of the one that died."""
    ending = replicas[1]
    with running(**environment) as other, proxied(other.url, ending.url) as url:
        guests = [Guest(url, 100 + number) for number in range(6)]
        strangers = [Guest(url, 120 + number) for number in range(4)]
        for guest in guests:
            (await guest.http.get("/config")).raise_for_status()
        busy, idle = ([one for one in guests if one.replica == "app2"][at] for at in (0, 1))
        replies = [asyncio.create_task(guest.read(FEW)) for guest in guests if guest is not idle]
        async with AsyncExitStack() as open_pages:
            beats = [await open_pages.enter_async_context(one.visitor.beats()) for one in (busy, idle)]
            of_busy, of_idle = (asyncio.create_task(_all_of(one)) for one in beats)

            async def begun() -> bool:
                return all(guest.text for guest in guests if guest is not idle)

            await until(begun)
            ending.process.send_signal(signal.SIGTERM)
            told = time.monotonic()
            await of_idle  # a page that hears nothing more looks for a server

            async def moved() -> bool:
                """As that page asks, once the one it had says that it is ending."""
                async with idle.http.stream("GET", f"{idle.visitor.heartbeat}?elsewhere=1") as answer:
                    return answer.status_code == 200

            await until(moved)
            assert idle.replica == "app1"
            print(f"a page without a reply had another server {time.monotonic() - told:.2f} s later")

            async def all_elsewhere() -> bool:
                for stranger in strangers:
                    stranger.http.cookies.clear()
                    assert (await stranger.http.get("/config")).status_code == 200
                return {stranger.replica for stranger in strangers} == {"app1"}

            await until(all_elsewhere)
            print(f"new visitors came to the other one {time.monotonic() - told:.2f} s later")
            assert await idle.read("chunks=3") == "".join(pieces("lorem", 3))
            # Who has a reply there still, stays; one more is refused in a sentence.
            again = Guest(url, 140)
            again.http.cookies = busy.http.cookies
            with pytest.raises(Refused, match="This server is shutting down"):
                await again.read("chunks=3")
            assert not of_busy.done()
            assert ending.process.poll() is None
            openai_server.release("few", len(replies))
            assert await asyncio.gather(*replies) == ["".join(pieces("lorem", 30))] * len(replies)
            await of_busy
        assert await asyncio.to_thread(ending.process.wait, 60) == 0
        assert await busy.read("chunks=3") == "".join(pieces("lorem", 3))
        assert busy.replica == "app1"
        for guest in (*guests, *strangers, again):
            await guest.http.aclose()
        assert "Traceback" not in ending.log() + other.log()


async def _all_of(beats: AsyncIterator[bytes]) -> None:
    async for _ in beats:
        pass
