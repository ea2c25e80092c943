"""What a run may leave behind: nothing. Counted in this process, before and after."""

from __future__ import annotations

import asyncio
import gc
import threading
import time
from collections import Counter
from dataclasses import dataclass

import psutil


@dataclass(frozen=True)
class Held:
    """`pool` are the threads of the event loop's own executor: few, kept for the next job, not a run's."""

    threads: tuple[str, ...]
    pool: int
    tasks: int
    sockets: int
    files: int


def held(port: int) -> Held:
    """What there is now; `sockets` are this process's connections to `port`."""
    process = psutil.Process()
    names = sorted(thread.name for thread in threading.enumerate())
    ours = tuple(name for name in names if not name.startswith("asyncio_"))
    connections = process.net_connections("tcp")
    sockets = sum(1 for one in connections if one.raddr and one.raddr.port == port)
    return Held(ours, len(names) - len(ours), len(asyncio.all_tasks()), sockets, process.num_fds())


async def settled(port: int, before: Held, seconds: float = 60) -> Held:
    """What there is once no more than `before` is, or after `seconds`. No garbage is collected for it."""
    deadline = time.monotonic() + seconds
    while (now := held(port)) and time.monotonic() < deadline:
        fewer = Counter(now.threads) <= Counter(before.threads)
        if fewer and now.tasks <= before.tasks and now.files <= before.files:
            break
        await asyncio.sleep(0.02)
    return now


class NoCollection:
    """Garbage collection off: what only it would close counts as left open."""

    def __enter__(self) -> None:
        gc.collect()
        gc.disable()

    def __exit__(self, *exc: object) -> None:
        gc.enable()
