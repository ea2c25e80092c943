"""`python -m tests.bench.soak [--minutes 30] [--visitors 40]`: two replicas, and all that happens to them.

Visitors come, read, stop, leave and lose the network; a third of the way one replica is killed and started
again, two thirds of the way Redis. Prints what the other replica held before, at most and after, and what
became of the visits; the status is 1 unless it ends at its level.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import time
from collections import Counter
from contextlib import ExitStack, aclosing
from dataclasses import dataclass, fields
from urllib.parse import urlsplit

import httpx
import psutil

from tests.app_process import running
from tests.servers.haproxy import proxied
from tests.servers.openai_api import OpenAIServer
from tests.servers.openai_plan import AS_TOLD, pieces
from tests.servers.redis import RedisServer
from tests.servers.relay import Way
from tests.visitors import Refused, Served, Visitor

CHUNKS = 40
PLAN = f"chunks={CHUNKS},rate=20"
WHOLE = "".join(pieces("lorem", CHUNKS))
VISITS = ("reads it all", "stops", "leaves", "looks at events", "loses the network")
# Seconds: that the network and Redis are gone, between two of the network's gaps, and until all is at rest.
GONE, BETWEEN, REST = 3.0, 20.0, 150.0


@dataclass(frozen=True)
class Held:
    """By one process. `memory`: MB."""

    memory: float
    threads: int
    sockets: int
    files: int
    children: int

    @classmethod
    def by(cls, process: psutil.Process) -> Held:
        return cls(
            process.memory_info().rss / 1e6,
            process.num_threads(),
            len(process.net_connections()),
            process.num_fds(),
            len(process.children(recursive=True)),
        )

    def most(self, other: Held) -> Held:
        return Held(*(max(getattr(self, each.name), getattr(other, each.name)) for each in fields(self)))


# What an allocator keeps, and a pool's threads and connections that wait for work.
LEEWAY = Held(40, 4, 4, 6, 0)


class Soak:
    def __init__(self, url: str, shaky: str, process: psutil.Process) -> None:
        """`shaky`: the same by a network that has gaps. `process`: the replica that lives through all."""
        self._urls = (url, shaky)
        self._process = process
        self.most = Held.by(process)
        self.became: Counter[tuple[str, str]] = Counter()

    async def crowd(self, visitors: int, seconds: float) -> None:
        """So many at a time."""
        until = time.monotonic() + seconds
        tasks = [asyncio.create_task(self._comes_again(number, until)) for number in range(visitors)]
        while time.monotonic() < until:
            self.most = self.most.most(Held.by(self._process))
            await asyncio.sleep(1)
        await asyncio.gather(*tasks)

    async def at_rest(self, level: Held | None = None) -> Held:
        """Once nothing changes any more, or it is at that level."""
        held, since, until = Held.by(self._process), time.monotonic(), time.monotonic() + REST
        while time.monotonic() < until and time.monotonic() - since < (90 if level is None else REST):
            await asyncio.sleep(1)
            now = Held.by(self._process)
            if level is not None and not above(level, now):
                return now
            if (now.threads, now.files) != (held.threads, held.files):
                since = time.monotonic()
            held = now
        return held

    async def _comes_again(self, number: int, until: float) -> None:
        one = random.Random(number)
        await asyncio.sleep(one.random() * 3)
        while time.monotonic() < until:
            what = one.choice(VISITS)
            url = self._urls[what == "loses the network"]
            address = {"X-Forwarded-For": f"198.51.100.{number}"}
            try:
                async with httpx.AsyncClient(base_url=url, headers=address, timeout=30, verify=False) as http:
                    became = await visit(http, what, one)
            except Refused as refused:
                became = f"told: {str(refused)[:80]}"
            except httpx.HTTPError as error:
                became = type(error).__name__
                await asyncio.sleep(1)
            self.became[what, became] += 1


async def visit(http: httpx.AsyncClient, what: str, one: random.Random) -> str:
    """What became of it."""
    served, visitor = await Served.at(http), Visitor(http)
    async with visitor.here():
        if what == "looks at events":
            asked = (PLAN, "chat", "v2", None, None, *[""] * 6)
            told = [message async for message in visitor.does(served.event("run-events", "click"), *asked)]
            return "whole" if told and told[-1].get("success") else "failed"
        (chat,) = (each["id"] for each in served.config["dependencies"] if each["api_name"] == "chat")
        asks = {"session_hash": visitor.session, "fn_index": chat}
        text, enough, replies = "", one.randrange(1, CHUNKS // 2), visitor.chats(PLAN)
        async with aclosing(replies):
            async for text in replies:
                if what in ("stops", "leaves") and len(text.split()) >= enough:
                    if what == "stops":
                        await http.post("/gradio_api/cancel", json={**asks, "event_id": ""})
                    break
    return "whole" if text == WHOLE else "left" if what in ("stops", "leaves") else "cut"


def above(level: Held, now: Held) -> list[str]:
    """What is more than it was."""
    names = (each.name for each in fields(Held))
    return [name for name in names if getattr(now, name) > getattr(level, name) + getattr(LEEWAY, name)]


async def gaps(way: Way) -> None:
    while True:
        await asyncio.sleep(BETWEEN)
        with way.cut():
            await asyncio.sleep(GONE)


async def soak(minutes: float, visitors: int) -> bool:
    seconds = 60 * minutes
    with ExitStack() as stack:
        upstream, redis = stack.enter_context(OpenAIServer()), stack.enter_context(RedisServer())
        environment = {
            **{"PROVIDER": "openai", "MODEL": AS_TOLD, "OPENAI_BASE_URL": upstream.base_url},
            **{"OPENAI_API_KEY": "none", "REDIS_URL": redis.url, "TRUSTED_PROXIES": "127.0.0.0/8"},
            "FORGET_SECONDS": "5",
        }
        first, second = (stack.enter_context(running(**environment)) for _ in range(2))
        url = stack.enter_context(proxied(first.url, second.url))
        way = Way(urlsplit(url).port or 80)
        stack.callback(way.close)
        one = Soak(url, f"http://127.0.0.1:{way.port}", psutil.Process(second.process.pid))
        network = asyncio.create_task(gaps(way))
        await one.crowd(visitors, max(20, seconds / 10))
        before = await one.at_rest()
        crowd = asyncio.create_task(one.crowd(visitors, seconds))
        await asyncio.sleep(seconds / 3)
        first.process.kill()
        await asyncio.sleep(GONE)
        port = {"GRADIO_SERVER_PORT": str(urlsplit(first.url).port)}
        with running(**environment, **port):
            await asyncio.sleep(seconds / 3)
            redis.stop()
            await asyncio.sleep(GONE)
            redis.start()
            await crowd
            network.cancel()
            after = await one.at_rest(before)
    return told(before, one.most, after, one.became)


def told(before: Held, most: Held, after: Held, became: Counter[tuple[str, str]]) -> bool:
    over = above(before, after)
    print("|  | before | at most | after |  |\n| --- | --- | --- | --- | --- |")
    for each in fields(Held):
        values = (f"{getattr(held, each.name):.0f}" for held in (before, most, after))
        print(f"| {each.name} | {' | '.join(values)} | {'not level' if each.name in over else 'level'} |")
    print("\n| a visitor who | became | visits |\n| --- | --- | --- |")
    for (what, outcome), number in sorted(became.items()):
        print(f"| {what} | {outcome} | {number} |")
    return not over


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--visitors", type=int, default=40)
    arguments = parser.parse_args()
    return 0 if asyncio.run(soak(arguments.minutes, arguments.visitors)) else 1


if __name__ == "__main__":
    sys.exit(main())
