"""Stop of `astream_events` with a file, beside one without: until the connection is closed."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator
from contextlib import aclosing
from pathlib import Path

from components.streaming import READERS, Frame, Stop, Trace, run
from components.streaming.trace import About
from tests.bench.place import Place
from tests.bench.report import Row, Size
from tests.runs import openai
from tests.servers.openai_api import OpenAIServer

# Milliseconds until the model's connection is closed.
LIMIT = 150.0
BEFORE = 20
MODELS = {"streaming": "chunks=400,rate=100", "stalled": f"chunks=400,rate=100,stall_after={BEFORE}"}


def measure(size: Size, place: Place) -> Iterator[Row]:
    with place.upstream() as server, place.runner() as runner, tempfile.TemporaryDirectory() as folder:
        for state, model in MODELS.items():
            recorded, without = [], []
            for number in range(size.times(5)):
                about = About("bench", "bench", "chat")
                trace = Trace(about, path=Path(folder) / f"{state}-{number}.jsonl")
                recorded.append(runner.run(_stopped(server, model, trace)))
                without.append(runner.run(_stopped(server, model, None)))
            case = f"astream_events written to a file, {state}"
            others = {"without": without}
            yield Row("stop", case, "Stop to upstream closed", "ms", recorded, others=others, limit=LIMIT)


async def _stopped(server: OpenAIServer, model: str, trace: Trace | None) -> float:
    """Milliseconds."""
    server.reset()
    stop = Stop()
    shown: list[Frame] = []
    opened = openai(server.base_url, model)
    frames = run(opened, READERS["astream_events"], stop=stop, trace=trace)
    at = 0.0
    async with aclosing(frames) as given:
        async for frame in given:
            shown.append(frame)
            if frame.chunks >= BEFORE and not at:
                at = asyncio.get_running_loop().time()  # `time.monotonic()`, as the stand-in's
                stop.set()
    report = shown[-1].report
    if report is None or report.verdict != "stopped":
        raise RuntimeError(f"it ended before it was stopped: {report}")
    entry = await asyncio.to_thread(server.wait_for, lambda entry: entry.closed is not None)
    assert entry.closed is not None
    return 1000 * (entry.closed - at)
