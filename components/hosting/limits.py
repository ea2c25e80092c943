"""How much visitors may: each of them, and all together on the owner's keys."""

import asyncio
from collections.abc import Callable
from contextlib import ExitStack

from components.settings import BadSetting, Settings
from components.streaming import Failure

# Seconds that one who has all their runs under way may as well wait before asking again.
A_STREAM_ENDS = 5.0
STORE_COMES_BACK = 5.0


class Limits:
    """Used from the event loop only. Live runs are counted here, and in the store if there is one."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._live: list[str] = []  # a visitor as often as they have runs
        self._runs, self._tokens = f"{settings.runs_per_minute}/minute", f"{settings.tokens_per_day}/day"
        if settings.runs_per_minute or settings.tokens_per_day or settings.password or settings.redis_url:
            # Here and not when the first visitor comes, who would wait for it.
            from components.hosting.store import TIMEOUTS, RedisSemaphore, Store

            self._own = self._store = Store()
        if settings.redis_url:
            from limits.errors import ConfigurationError
            from redis.asyncio import Redis

            try:
                self._store = Store(settings.redis_url)
                self._semaphore = RedisSemaphore(Redis.from_url(settings.redis_url, **TIMEOUTS), self._store)
            except (ValueError, ConfigurationError):  # whose words hold the password
                raise BadSetting(
                    "REDIS_URL can't be used; it must be as redis://:password@host:6379/0 (or rediss://),"
                    " and a # or / in the password as %23 or %2F."
                ) from None

    async def begin(self, visitor: str, characters: int, *, owners: bool) -> Callable[[], None]:
        """Count one more run of theirs, as live until what is returned is called.

        `owners`: on the owner's account. On others this process counts by itself while the store is away.

        Raises:
            Failure: "message_too_long", "too_many_streams", "too_many_runs", "tokens_spent", and
                "limits_down" where the owner would pay for what can't be counted; it isn't live then.
        """
        settings = self._settings
        if 0 < settings.message_characters < characters:
            raise Failure("message_too_long", limit=str(settings.message_characters))
        most = settings.streams_per_visitor
        one_more = Failure("too_many_streams", limit=str(most), retry_after=A_STREAM_ENDS)
        if 0 < most <= self._live.count(visitor):
            raise one_more
        with ExitStack() as counted:
            self._live.append(visitor)
            counted.callback(self._live.remove, visitor)
            if most and settings.redis_url:
                lease = asyncio.Event()
                counted.callback(lease.set)
                room = await self._semaphore.take(visitor, most, lease)
                if room is None:
                    _count_alone(owners)
                elif not room:
                    raise one_more
            await self._check(visitor, owners)
            return counted.pop_all().close

    async def _check(self, visitor: str, owners: bool) -> None:
        if self._settings.runs_per_minute:
            wait = await self._store.take(self._runs, "runs", visitor)
            if wait is None:
                _count_alone(owners)
                wait = await self._own.take(self._runs, "runs", visitor)
            if wait:
                raise Failure("too_many_runs", retry_after=wait)
        if self._settings.tokens_per_day and owners:
            wait = await self._store.take(self._tokens, "tokens", counts=False)
            if wait is None:
                _count_alone(owners)
            elif wait:
                raise Failure("tokens_spent", retry_after=wait)

    def spend(self, tokens: int) -> None:
        """Count tokens of the owner's; a run that has ended doesn't wait for the store."""
        if self._settings.tokens_per_day and tokens:
            self._store.spend(self._tokens, tokens, "tokens")

    async def knock(self, what: str, visitor: str, a_minute: int, *, counts: bool = True) -> float:
        """One more request of theirs that is no run: 0, or the seconds until there is room for it.

        Without `counts` it takes no room itself.
        """
        wait = await self._own.take(f"{a_minute}/minute", what, visitor, counts=counts) if a_minute else 0.0
        return wait or 0.0


def _count_alone(owners: bool) -> None:
    """While the store is away, no run begins that the owner would pay for."""
    if owners:
        raise Failure("limits_down", retry_after=STORE_COMES_BACK)
