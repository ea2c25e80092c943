"""What the limits, the line and the log cost one run, in this process and over a real Redis."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterator
from typing import Any

from components.hosting.admission_control import RUNS, AdmissionControl, AdmissionTicket
from components.settings import Settings
from components.streaming import Ran
from tests.bench.place import Place
from tests.bench.report import Row, Size
from tests.servers.redis import RedisServer

# Milliseconds of one run.
LIMIT = 1.0
RAN = Ran("streamed", None, 0.1, 1.0, 40, 60, "", ())


def measure(size: Size, place: Place) -> Iterator[Row]:
    visitors, runs = (50, 100) if size.quick else (500, 5000)
    with RedisServer() as redis:
        for case, url in (("in memory", ""), ("in Redis", redis.url)):
            with place.runner() as runner:
                cpu, wall = runner.run(_through(url, visitors, runs))
            yield Row("limits", case, "CPU of a run", "ms", cpu, limit=LIMIT)
            yield Row("limits", case, "time of a run", "ms", wall, limit=LIMIT)


async def _through(redis_url: str, visitors: int, runs: int) -> tuple[list[float], list[float]]:
    """Milliseconds of CPU and of waiting for each, on the owner's key, with every limit on."""
    control = AdmissionControl(
        Settings(
            hosted=True,
            runs_per_minute=10**6,
            streams_per_visitor=4,
            tokens_per_day=10**9,
            message_characters=8000,
            redis_url=redis_url,
        )
    )
    RUNS.setLevel(logging.INFO)
    RUNS.propagate = False
    RUNS.handlers = [logging.NullHandler()]
    about: dict[str, Any] = {"kind": "chat", "provider": "openai", "model": "m", "method": "stream"}
    cpu, wall = [], []
    for number in range(visitors + runs):
        visitor = control.visitors.of(f"10.0.{number % visitors // 250}.{number % visitors % 250}")
        began, used = time.perf_counter(), time.process_time()
        ticket = AdmissionTicket(control, visitor, about, characters=100, owners=True, waits=True)
        await ticket.enter(lambda place: None)
        ticket.leave(RAN)
        waited = time.perf_counter() - began
        await asyncio.sleep(0)  # what is counted after the run
        if number >= visitors:
            cpu.append((time.process_time() - used) * 1000)
            wall.append(waited * 1000)
    await asyncio.sleep(0.1)
    return cpu, wall
