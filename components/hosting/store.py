"""Where the limits are counted: in this process, or in a Redis that several servers share.

Importing it takes 0.2 s.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from limits import parse
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.strategies import FixedWindowRateLimiter

log = logging.getLogger(__name__)

# Seconds: what an answer may take, and for how long a store that gave none is not asked again.
ANSWERS_WITHIN = 1.0
REST = 2.0
TIMEOUTS: dict[str, Any] = {"socket_timeout": ANSWERS_WITHIN, "socket_connect_timeout": ANSWERS_WITHIN}

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

    async def spend(self, limit: str, cost: int, *who: str) -> None:
        """Count `cost` more, whether or not there is room: it has been spent.

        While the store is away, which the log says, nothing more is spent.
        """
        await self.ask(lambda: self._windows.hit(parse(limit), *who, cost=cost))
