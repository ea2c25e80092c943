"""The HTTP stream: what it adds to the first chunk, and to the bare loop's CPU, over the same upstream."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from tests.bench import bare
from tests.bench.place import Place, asking
from tests.bench.report import Limit, Row, Size
from tests.bench.served import Served
from tests.http_stream import EVENTS, ask
from tests.servers.openai_plan import AS_TOLD, parse, pieces

# Milliseconds that the first chunk may come later than in the bare loop, and CPU against it.
FIRST_LATER = 20.0
CPU = 1.15
WAYS = {"text": {}, "events": EVENTS}
# Seconds without work after which a reply is over; more, and what Gradio does by itself looks like work.
REST = 0.1


@dataclass(frozen=True, slots=True)
class Reply:
    """Milliseconds: to the first byte of text, and of the server's CPU beyond what it uses when idle."""

    first: float
    cpu: float


def measure(size: Size, place: Place) -> Iterator[Row]:
    # The more chunks, the less the head's cost weighs.
    many, steady = (400, 20) if size.quick else (20_000, 300)
    with place.upstream() as server:
        chain = bare.chain(server.base_url, AS_TOLD)
        with place.served("ours", **asking(server.base_url)) as app:
            _reply(app, 0, "chunks=5", "text")  # the first reply imports
            bare.read(chain, "chunks=5")
            idle = 0.0 if size.quick else app.idle(5)
            for plan in (f"chunks={many}", f"chunks={steady},rate=100"):
                ways = ("text",) if size.quick else tuple(WAYS)
                yield from _compare(app, idle, chain, plan, ways, size.times(5))


def _compare(
    app: Served, idle: float, chain: Any, plan: str, ways: Sequence[str], times: int
) -> Iterator[Row]:
    loops: list[bare.Bare] = []
    replies: dict[str, list[Reply]] = {way: [] for way in ways}
    for _ in range(times):
        for way in ways:
            replies[way].append(_reply(app, idle, plan, way))
        loops.append(bare.read(chain, plan))
    for way in ways:
        yield from _rows(plan, way, replies[way], loops)


def _reply(app: Served, idle: float, plan: str, way: str) -> Reply:
    text = "".join(pieces("lorem", parse(plan).chunks))
    before, began = app.cpu(), time.perf_counter()
    with ask(app.url, plan, WAYS[way]) as response:
        read = response.read1(65536)
        first = time.perf_counter() - began
        read += response.read()
    if way == "text" and read.decode() != text:
        raise RuntimeError(f"another text came: {read[-200:]!r}")
    used = app.cpu_at_rest(REST) - before
    return Reply(1000 * first, 1000 * (used - idle * (time.perf_counter() - began)))


def _rows(plan: str, way: str, replies: Sequence[Reply], loops: Sequence[bare.Bare]) -> Iterator[Row]:
    first = [1000 * loop.first for loop in loops]
    cpu = [1000 * loop.cpu for loop in loops]
    case = f"{plan} over HTTP, {way}"
    ours = [reply.first for reply in replies]
    yield Row("http", case, "first chunk", "ms", ours, bare=first, limit=median(first) + FIRST_LATER)
    ours = [reply.cpu for reply in replies]
    limits = [Limit(CPU, "bare")]
    yield Row("http", case, "CPU", "ms", ours, bare=cpu, limits=limits, short=way == "text")
