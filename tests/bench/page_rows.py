"""What the replies of one case say, measure by measure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from statistics import median
from typing import TYPE_CHECKING

from tests.bench import bare
from tests.bench.report import Limit, Row

if TYPE_CHECKING:
    from tests.bench.page import Reply
    from tests.bench.page_cases import Case

# In milliseconds: what our first text may come later than the plain one; the longest pause; how long all of
# it may come after the upstream's last chunk. CPU is against the bare loop.
FIRST_LATER = 60.0
PAUSE = 100.0
LATE = 150.0
CPU = 1.5


def rows(
    case: Case,
    method: str,
    ours: Sequence[Reply],
    others: Mapping[str, Sequence[Reply]],
    loops: Mapping[str, Sequence[bare.Bare]],
    left_out: Mapping[str, str],
) -> Iterator[Row]:
    def row(
        measure: str,
        of: Callable[[Reply], float],
        unit: str = "ms",
        *limits: Limit,
        loop: Sequence[float] = (),
        short: bool = False,
    ) -> Row:
        return Row(
            "page",
            f"{case.name}, {method}",
            measure,
            unit,
            [float(of(reply)) for reply in ours],
            bare=loop,
            others={name: [float(of(reply)) for reply in replies] for name, replies in others.items()},
            limits=limits,
            left_out=left_out,
            short=short and case.short and method == case.methods[0],
        )

    # Of all ways the quickest is what a reader waits for; what it costs is compared with the same way.
    first = [1000 * one.first for one in loops["stream"]]
    limits = []
    if case.steady and "plain" in others:
        limits.append(Limit(median(reply.timing.first for reply in others["plain"]) + FIRST_LATER))
    yield row("first text", lambda reply: reply.timing.first, "ms", *limits, loop=first)
    whole = [1000 * one.whole for one in loops["stream"]]
    yield row(
        "whole text", lambda reply: reply.timing.whole, "ms", *case.whole, loop=whole, short=not case.steady
    )
    if case.steady:
        yield row(
            "whole after the last chunk was sent", lambda reply: reply.late, "ms", Limit(LATE), short=True
        )
        yield row("longest pause", lambda reply: reply.timing.pause, "ms", Limit(PAUSE), short=True)
    yield row("frames", lambda reply: reply.timing.frames, "")
    task = [Limit(case.task)] if case.task else []
    yield row("longest task of the page", lambda reply: reply.timing.task, "ms", *task, short=bool(case.task))
    yield row("main thread of the page", lambda reply: reply.load.main)
    steady = [Limit(CPU, "bare")] if case.steady else []
    cpu = [1000 * one.cpu for one in loops[method]]
    yield row("server CPU", lambda reply: reply.cpu, "ms", *steady, loop=cpu, short=case.steady)
    if case.counts_bytes:
        yield row("bytes received", lambda reply: reply.load.bytes / 1000, "KB")
