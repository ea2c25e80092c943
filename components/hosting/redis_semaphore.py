"""The semaphore for runs under way of one visitor: several servers share it in a Redis."""

import asyncio
import math
import secrets
from typing import Final

from redis.asyncio import Redis

from components.hosting.store import Store

# Seconds that a run counts unless it is renewed: those of a server that was killed go by themselves.
LEASE: Final = 30.0
# How often in that time.
RENEWALS: Final = 3

# By Redis' own clock: those of the servers may differ. A sorted set of runs, by when each runs out.
_COUNT: Final = """
local now = redis.call('TIME')
now = now[1] + now[2] / 1e6
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[1]) then return 0 end
redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[3])
redis.call('PEXPIRE', KEYS[1], math.ceil(ARGV[2] * 1000))
return 1
"""


class RedisSemaphore:
    """This server's, in the Redis that `store` is in. Used from one event loop only."""

    def __init__(self, redis: Redis, store: Store) -> None:
        self._redis = redis
        self._script = redis.register_script(_COUNT)
        self._store = store
        self._kept: set[asyncio.Task[None]] = set()

    async def take(self, visitor: str, most: int, lease: asyncio.Event) -> bool | None:
        """Count one more until the lease is set. False where there are `most`; None where Redis gives no
        answer.
        """
        key, run = f"streaming-lab:live:{visitor}", secrets.token_hex(8)
        room = await self._count(key, run, most)
        if room:
            task = asyncio.create_task(self._keep(key, run, lease), name="renew a lease")
            self._kept.add(task)
            task.add_done_callback(self._kept.discard)
        return room

    async def _count(self, key: str, run: str, most: float) -> bool | None:
        args: list[str | float] = [most, LEASE, run]
        room = await self._store.ask(lambda: self._script(keys=[key], args=args))
        return None if room is None else bool(room)

    async def _keep(self, key: str, run: str, lease: asyncio.Event) -> None:
        """Renew it until it is given back, which nobody waits for; without an answer, it runs out."""
        while not lease.is_set():
            try:
                await asyncio.wait_for(lease.wait(), LEASE / RENEWALS)
            except TimeoutError:
                await self._count(key, run, math.inf)  # also in a Redis that was started anew
        await self._store.ask(lambda: self._redis.zrem(key, run))
