"""Two replicas behind the README's proxy, over one cluster for inference, with limits in one Redis."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack

import httpx
import pytest

from tests.app_process import App, running
from tests.servers.haproxy import proxied
from tests.servers.openai_api import OpenAIServer
from tests.servers.openai_plan import AS_TOLD, pieces
from tests.servers.redis import RedisServer
from tests.visitors import Refused, Visitor

VISITORS = 60
CHUNKS = 120
PLAN = f"chunks={CHUNKS},rate=12"
WHOLE = "".join(pieces("lorem", CHUNKS))
# For those who ask again: nothing needs to happen meanwhile.
SHORT = "chunks=20,rate=40"


# Each visitor's first, and the one they ask for again.
RUNS_PER_MINUTE = 2


@pytest.fixture(scope="module")
def replicas(openai_server: OpenAIServer) -> Iterator[list[App]]:
    environment = {
        "PROVIDER": "openai",
        "MODEL": AS_TOLD,
        "OPENAI_BASE_URL": openai_server.base_url,
        "RUNS_PER_MINUTE": str(RUNS_PER_MINUTE),
        "TRUSTED_PROXIES": "127.0.0.0/8",
    }
    with ExitStack() as stack:
        redis = stack.enter_context(RedisServer())
        yield [stack.enter_context(running(REDIS_URL=redis.url, **environment)) for _ in range(2)]


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
        with pytest.raises(Refused, match="More runs were begun from your address"):
            await guest.read("chunks=3")
    other = Guest(replicas[0].url, 201)
    assert await other.read("chunks=3")
    for guest in (there, here, other):
        await guest.http.aclose()


async def test_sixty_visitors_and_a_replica_that_dies(replicas: list[App]) -> None:
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
