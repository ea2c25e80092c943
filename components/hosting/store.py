"""Where the limits are counted: in this process, or in a Redis that several servers share.

Importing it takes 0.2 s.
"""

import asyncio
import logging
import math
import secrets
import time
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

from limits import parse
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.strategies import FixedWindowRateLimiter

if TYPE_CHECKING:
    from redis.asyncio import Redis

log = logging.getLogger(__name__)

# Seconds: what an answer may take, and for how long a store that gave none is not asked again.
ANSWERS_WITHIN = 1.0
REST = 2.0
TIMEOUTS: dict[str, Any] = {"socket_timeout": ANSWERS_WITHIN, "socket_connect_timeout": ANSWERS_WITHIN}

# Seconds that a run counts unless it is renewed: those of a server that was killed go by themselves.
LEASE: Final = 30.0
# How often in that time.
RENEWALS: Final = 3

_COUNT: Final = Path(__file__).with_name("count.lua").read_text("utf-8")

T = TypeVar("T")


class Store:
    """Counts in windows that begin with the first one counted.

    A window that moves with the clock would be smoother; limits 5.8 keeps one in memory by looking through
    all visitors, with a thread for each, whenever one of them comes.
    """

    def __init__(self, redis_url: str = "") -> None:
        storage: MemoryStorage | RedisStorage = MemoryStorage()
        if redis_url:
            storage = RedisStorage(
                f"async+{redis_url}", implementation="redispy", key_prefix="streaming-lab", **TIMEOUTS
            )
        self._windows = FixedWindowRateLimiter(storage)
        self._down_until = 0.0
        self._tasks: set[asyncio.Task[object]] = set()

    async def ask(self, question: Callable[[], Awaitable[T]]) -> T | None:
        """None where it gives no answer, and for a while after that, in which it isn't asked."""
        if time.monotonic() < self._down_until:
            return None
        try:
            async with asyncio.timeout(2 * ANSWERS_WITHIN):
                return await question()
        except Exception as exc:  # noqa: BLE001  # any of the client's is a store that can't be relied on
            # Its name only: the words may hold the address, and that a password.
            self._down_until = time.monotonic() + REST
            log.warning("the limits' store gives no answer: %s", type(exc).__name__)
            return None

    async def take(self, limit: str, *who: str, counts: bool = True) -> float | None:
        """Count one more of `limit`, as "20/minute": 0, or the seconds until there is room for it; None where
        the store gives no answer.

        Without `counts` it takes no room itself.
        """

        async def take() -> float:
            room, most = self._windows.hit if counts else self._windows.test, parse(limit)
            if await room(most, *who):
                return 0.0
            stats = await self._windows.get_window_stats(most, *who)
            return max(1.0, stats.reset_time - time.time())

        return await self.ask(take)

    def spend(self, limit: str, cost: int, *who: str) -> None:
        """Count `cost` more, whether or not there is room: it has been spent.

        While the store is away, which the log says, nothing more is spent.
        """
        self.begin(self.ask(lambda: self._windows.hit(parse(limit), *who, cost=cost)), "spend")

    def begin(self, work: Coroutine[Any, Any, object], name: str) -> None:
        """What nobody waits for."""
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


class RedisSemaphore:
    """This server's, in the Redis that `store` is in. Used from one event loop only."""

    def __init__(self, redis: "Redis", store: Store) -> None:
        self._redis = redis
        self._script = redis.register_script(_COUNT)
        self._store = store

    async def take(self, visitor: str, most: int, lease: asyncio.Event) -> bool | None:
        """Count one more until the lease is set. False where there are `most`; None where Redis gives no
        answer.
        """
        key, run = f"streaming-lab:live:{visitor}", secrets.token_hex(8)
        room = await self._count(key, run, most)
        if room:
            self._store.begin(self._keep(key, run, lease), "renew a lease")
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
