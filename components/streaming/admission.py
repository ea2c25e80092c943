"""What a run passes before it opens a connection, and what it tells as it leaves."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from components.streaming.faults import Failure, Fault
from components.streaming.stop import Stop


@dataclass(frozen=True, slots=True)
class Ran:
    """How a run went, whatever kind it was. Times in seconds; `tokens`: of all its requests, as the model
    said, or estimated for an admission that `estimates`; `text` is what was shown, and `secrets` are to be
    struck out of it.
    """

    verdict: str
    fault: Fault | None
    first_token: float | None
    seconds: float
    chunks: int
    tokens: int
    text: str = field(repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)


class Admission(Protocol):
    """One run's. `estimates`: it has to know of tokens that the model doesn't count."""

    @property
    def estimates(self) -> bool: ...

    async def enter(self, tell: Callable[[int], None]) -> None:
        """Wait until the run may begin; `tell` is given its place in line, 0 when it is its turn.

        Raises:
            Failure: it may not.
        """

    def leave(self, ran: Ran) -> None:
        """Called once, on the loop, however the run ended; also when it never entered."""


class Open:
    """Lets every run in at once."""

    estimates = False

    async def enter(self, tell: Callable[[int], None]) -> None:
        pass

    def leave(self, ran: Ran) -> None:
        pass


async def admitted(admission: Admission, tell: Callable[[int], None], stop: Stop) -> None:
    """Enter, unless Stop comes first.

    Raises:
        Failure: it may not.
        Stopped: it was stopped before its turn.
    """
    entering = asyncio.ensure_future(admission.enter(tell))
    try:
        await stop.unless(entering)
    finally:
        entering.cancel()
        [refused] = await asyncio.gather(entering, return_exceptions=True)
        if isinstance(refused, Failure):  # before Stop
            raise refused
