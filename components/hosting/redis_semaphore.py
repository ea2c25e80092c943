"""The semaphore for runs under way of one visitor: several servers share it in a Redis."""

from __future__ import annotations

import asyncio
import secrets
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Final

from components.hosting.store import ANSWERS_WITHIN, Reach, Unreachable

# Seconds that a run counts unless it is renewed: those of a server that was killed go by themselves.
LEASE: Final = 30.0
# How often in that time.
RENEWALS: Final = 3

# By Redis' own clock: those of the servers may differ. A sorted set of runs, by when each runs out.
_TAKE: Final = """
local now = redis.call('TIME')
now = now[1] + now[2] / 1e6
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[1]) then return 0 end
redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[3])
redis.call('PEXPIRE', KEYS[1], math.ceil(ARGV[2] * 1000))
return 1
"""
# Also those that a Redis which was started anew knows nothing of.
_RENEW: Final = """
local now = redis.call('TIME')
now = now[1] + now[2] / 1e6
for number, key in ipairs(KEYS) do
    redis.call('ZADD', key, now + ARGV[1], ARGV[number + 1])
    redis.call('PEXPIRE', key, math.ceil(ARGV[1] * 1000))
end
"""


@dataclass(frozen=True, slots=True)
class Lease:
    key: str
    run: str


class RedisSemaphore:
    """This server's. Used from one event loop only."""

    def __init__(self, redis_url: str, reach: Reach, *, seconds: float = LEASE) -> None:
        from redis.asyncio import Redis

        self._redis = Redis.from_url(
            redis_url, socket_timeout=ANSWERS_WITHIN, socket_connect_timeout=ANSWERS_WITHIN
        )
        self._take = self._redis.register_script(_TAKE)
        self._renew = self._redis.register_script(_RENEW)
        self._reach = reach
        self._seconds = seconds
        self._server = secrets.token_hex(8)
        self._runs = 0
        self._held: set[Lease] = set()
        self._renewing: asyncio.Task[None] | None = None
        self._giving_back: set[asyncio.Task[None]] = set()
        # What is given back is not renewed by a request that was sent before.
        self._one_at_a_time = asyncio.Lock()

    async def take(self, visitor: str, most: int) -> Lease | None:
        """Count one more, until it is given back; None where there are `most`.

        Raises:
            Unreachable: see there.
        """
        self._runs += 1
        lease = Lease(f"streaming-lab:live:{visitor}", f"{self._server}:{self._runs}")
        args: list[str | float] = [most, self._seconds, lease.run]
        try:
            counted = bool(await self._reach.ask(lambda: self._take(keys=[lease.key], args=args)))
        except asyncio.CancelledError:
            self.give_back(lease)  # it may have been counted
            raise
        if not counted:
            return None
        self._held.add(lease)
        if self._renewing is None:
            self._renewing = asyncio.create_task(self._renew_them(), name="renew leases")
        return lease

    def give_back(self, lease: Lease) -> None:
        """Nobody waits for the store."""
        self._held.discard(lease)
        task = asyncio.get_running_loop().create_task(self._give_back(lease))
        self._giving_back.add(task)
        task.add_done_callback(self._giving_back.discard)

    async def aclose(self) -> None:
        """Forget them; whoever else counts does so when they run out."""
        if self._renewing is not None:
            self._renewing.cancel()
            with suppress(asyncio.CancelledError):
                await self._renewing
        await asyncio.gather(*self._giving_back)
        await self._redis.aclose()

    async def _give_back(self, lease: Lease) -> None:
        with suppress(Unreachable):  # it runs out
            async with self._one_at_a_time:
                await self._reach.ask(lambda: self._redis.zrem(lease.key, lease.run))

    async def _renew_them(self) -> None:
        while True:
            await asyncio.sleep(self._seconds / RENEWALS)
            async with self._one_at_a_time:
                if not self._held:
                    self._renewing = None
                    return
                held = list(self._held)
                keys, runs = [lease.key for lease in held], [lease.run for lease in held]
                with suppress(Unreachable):
                    await self._reach.ask(partial(self._renew, keys, [self._seconds, *runs]))
