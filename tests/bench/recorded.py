"""CPU of a run that is written to a file, beside the same run that isn't."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import aclosing
from pathlib import Path

from components.streaming import READERS, Trace, run
from components.streaming.trace import About
from tests.bench.events import timed
from tests.bench.place import Place
from tests.bench.report import Limit, Row, Size
from tests.runs import openai
from tests.servers.openai_api import OpenAIServer

# What recording may add to a run's CPU.
MOST = 1.1
CASES = {"chunks=500 at 100/s": "chunks=500,rate=100", "chunks=10000 at once": "chunks=10000"}
QUICK = {"chunks=20 at 100/s": "chunks=20,rate=100", "chunks=400 at once": "chunks=400"}


def measure(size: Size, place: Place) -> Iterator[Row]:
    with place.upstream() as server, place.runner() as runner, tempfile.TemporaryDirectory() as folder:
        for case, model in (QUICK if size.quick else CASES).items():
            for method in ("stream", "astream"):
                recorded, without = [], []
                runner.run(_run(server, model, method, None))  # imports
                for number in range(size.times(7)):
                    path = Path(folder) / f"{number}.jsonl"
                    recorded.append(runner.run(_run(server, model, method, path)))
                    without.append(runner.run(_run(server, model, method, None)))
                name = f"{method}, {case}, written to a file"
                others = {"without": without}
                limits = [Limit(MOST, "without")]
                yield Row("recorded", name, "CPU", "ms", recorded, others=others, limits=limits)


async def _run(server: OpenAIServer, model: str, method: str, path: Path | None) -> float:
    """Milliseconds."""
    trace = Trace(About("bench", "bench", "chat"), path=path)
    with timed() as cpu:
        async with aclosing(run(openai(server.base_url, model), READERS[method], trace=trace)) as frames:
            async for _ in frames:
                pass
    if trace.report is None or trace.report.fault is not None or trace.trouble:
        raise RuntimeError(f"it failed: {trace.report} {trace.trouble}")
    return 1000 * cpu()
