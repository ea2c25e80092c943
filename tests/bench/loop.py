"""CPU a chunk: the engine against the bare loop, over the same upstream."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

from tests.bench import bare
from tests.bench.place import Place, Runner
from tests.bench.report import Limit, Row, Size
from tests.runs import collect, openai

# What one reader may cost, against the bare loop.
STEADY = 1.5
METHODS = ("stream", "astream")
MICRO = 1e6
# Of chunks; with fewer it is the steady rate that is measured.
MANY = 1000


def measure(size: Size, place: Place) -> Iterator[Row]:
    many, steady = (400, 20) if size.quick else (4000, 300)
    # One loop for all: langchain-openai keeps the clients of equal models, and they belong to a loop.
    with place.upstream() as server, place.runner() as runner:
        for chunks, rate in ((many, 0), (steady, 100)):
            case = f"{chunks:,} chunks {f'at {rate}/s' if rate else 'at once'}"
            for method in METHODS:
                contest = Contest(runner, server.base_url, f"chunks={chunks},rate={rate}", method)
                yield contest.row(f"{case}, {method}", chunks, size.times(5))


@dataclass(frozen=True, slots=True)
class Contest:
    runner: Runner
    base_url: str
    model: str
    method: str

    def row(self, case: str, chunks: int, times: int) -> Row:
        self.ours()  # imports
        ours, bare_ = [], []
        for _ in range(times):
            ours.append(MICRO * self.ours() / chunks)
            bare_.append(MICRO * self.bare() / chunks)
        limits = [Limit(STEADY, "bare")]
        return Row("loop", case, "CPU a chunk", "us", ours, bare=bare_, limits=limits, short=chunks < MANY)

    def ours(self) -> float:
        """Seconds of CPU for one reply."""
        began = time.process_time()
        got = self.runner.run(collect(openai(self.base_url, self.model), self.method))
        used = time.process_time() - began
        if got.report.fault is not None:
            raise RuntimeError(f"{self.method} failed: {got.report.fault.kind}")
        return used

    def bare(self) -> float:
        chain = bare.chain(self.base_url, self.model)
        if self.method == "stream":
            return bare.read(chain).cpu
        return self.runner.run(bare.aread(chain)).cpu
