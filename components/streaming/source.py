"""What a run reads: a chain over an open connection."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from components.streaming.faults import Fault
from components.streaming.wire import Wire

if TYPE_CHECKING:
    from langchain_core.runnables import Runnable


def _nothing() -> None:
    """For sources that hold nothing."""


def _as_it_is(fault: Fault) -> Fault:
    """For sources that know no more about a fault than its exception says."""
    return fault


@dataclass(frozen=True, slots=True)
class Source:
    """A chain over an open connection and its input, for one attempt.

    `abort` breaks the connection from any thread; `close` releases it afterwards; `refine` may say more
    about a fault; `secrets` are struck out of whatever is logged. `wire`: what only the wire says; `limit`:
    tokens that a reply was allowed, 0 when unknown.
    """

    chain: Runnable[Any, Any]
    value: Any
    abort: Callable[[], None] = _nothing
    close: Callable[[], None] = _nothing
    refine: Callable[[Fault], Fault] = _as_it_is
    secrets: tuple[str, ...] = field(default=(), repr=False)
    wire: Wire | None = None
    limit: int = 0
