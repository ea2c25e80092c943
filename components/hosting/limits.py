"""How much visitors may: each of them, and all together on the owner's keys."""

from __future__ import annotations

import asyncio
from collections import Counter
from functools import cached_property
from typing import TYPE_CHECKING

from components.hosting.redis_semaphore import Lease, RedisSemaphore
from components.hosting.store import Reach, Store, Unreachable
from components.streaming import Failure

if TYPE_CHECKING:
    from components.settings import Settings

# Seconds that one who has all their runs under way may as well wait before asking again.
A_STREAM_ENDS = 5.0
STORE_COMES_BACK = 5.0


class Limits:
    """Used from the event loop only. Live runs are counted here, and in the store if there is one."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._live: Counter[str] = Counter()
        self._spending: set[asyncio.Task[None]] = set()
        self._reach = Reach()
        self._runs, self._tokens = f"{settings.runs_per_minute}/minute", f"{settings.tokens_per_day}/day"
        if settings.runs_per_minute or settings.tokens_per_day or settings.password:
            import limits.aio.strategies  # noqa: F401  # 0.2 s, for which no visitor should wait
        if settings.redis_url:
            import redis.asyncio  # noqa: F401

    async def begin(self, visitor: str, characters: int, *, owners: bool) -> Lease | None:
        """Count one more run of theirs, as live until `end`, which wants what is returned.

        `owners`: on the owner's account. On others this process counts by itself while the store is away.

        Raises:
            Failure: "message_too_long", "too_many_streams", "too_many_runs", "tokens_spent", and
                "limits_down" where the owner would pay for what can't be counted; it isn't live then.
        """
        settings = self._settings
        if 0 < settings.message_characters < characters:
            raise Failure("message_too_long", limit=str(settings.message_characters))
        most = settings.streams_per_visitor
        if 0 < most <= self._live[visitor]:
            raise _too_many_streams(most)
        self._live[visitor] += 1
        lease = None
        try:
            if most and settings.redis_url:
                lease = await self._lease(visitor, most, owners)
            await self._check(visitor, owners)
        except BaseException:
            self.end(visitor, lease)
            raise
        return lease

    async def _lease(self, visitor: str, most: int, owners: bool) -> Lease | None:
        """Where several servers count together; None while they can't."""
        try:
            lease = await self._semaphore.take(visitor, most)
        except Unreachable:
            if owners:
                raise Failure("limits_down").after(STORE_COMES_BACK) from None
            return None
        if lease is None:
            raise _too_many_streams(most)
        return lease

    def end(self, visitor: str, lease: Lease | None) -> None:
        self._live[visitor] -= 1
        if not self._live[visitor]:
            del self._live[visitor]
        if lease is not None:
            lease.set()

    async def _check(self, visitor: str, owners: bool) -> None:
        settings = self._settings
        if settings.runs_per_minute and (wait := await self._take(visitor, owners)):
            raise Failure("too_many_runs").after(wait)
        if settings.tokens_per_day and owners:
            try:
                wait = await self._store.take(self._tokens, "tokens", counts=False)
            except Unreachable:
                raise Failure("limits_down").after(STORE_COMES_BACK) from None
            if wait:
                raise Failure("tokens_spent").after(wait)

    def spend(self, tokens: int) -> None:
        """Count tokens of the owner's; a run that has ended doesn't wait for the store."""
        if self._settings.tokens_per_day and tokens:
            spending = self._store.spend(self._tokens, tokens, "tokens")
            task = asyncio.get_running_loop().create_task(spending)
            self._spending.add(task)
            task.add_done_callback(self._spending.discard)

    async def _take(self, visitor: str, owners: bool) -> float:
        try:
            return await self._store.take(self._runs, "runs", visitor)
        except Unreachable:
            if owners:
                raise Failure("limits_down").after(STORE_COMES_BACK) from None
            return await self._own.take(self._runs, "runs", visitor)

    async def knock(self, what: str, visitor: str, a_minute: int, *, counts: bool = True) -> float:
        """One more request of theirs that is no run: 0, or the seconds until there is room for it.

        Without `counts` it takes no room itself.
        """
        return await self._own.take(f"{a_minute}/minute", what, visitor, counts=counts) if a_minute else 0.0

    @cached_property
    def _store(self) -> Store:
        return Store(self._settings.redis_url, self._reach)

    @cached_property
    def _semaphore(self) -> RedisSemaphore:
        return RedisSemaphore(self._settings.redis_url, self._reach)

    @cached_property
    def _own(self) -> Store:
        return Store()


def _too_many_streams(most: int) -> Failure:
    return Failure("too_many_streams", limit=str(most)).after(A_STREAM_ENDS)
