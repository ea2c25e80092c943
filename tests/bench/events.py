"""CPU an event: the log, recorded and not, against the bare `astream_events` loop over the same chain."""

from __future__ import annotations

import gc
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from app import collect_rarely
from components.chains import chat
from components.streaming import Connection, Trace
from components.streaming.events import Events
from components.streaming.trace import About
from tests.bench.place import Place, Runner
from tests.bench.report import Limit, Row, Size
from tests.event_runs import Recorder
from tests.runs import KEY, openai

# What an event may cost, against the bare loop; what writing it to a file may add, in us.
STEADY = 1.3
RECORDING = 20.0
MICRO = 1e6
# Events a chunk, of the model, the parser and the chain.
STEPS = 3
# Events that come within the 10 ms for which a recorder gathers them.
TOGETHER = 100


def measure(size: Size, place: Place) -> Iterator[Row]:
    counts = (500,) if size.quick else (2_000, 20_000)
    with place.upstream() as server, place.runner() as runner, tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "run.jsonl"
        for events in counts:
            over_http = openai(server.base_url, f"chunks={events // STEPS}")
            at_hand = partial(in_process, events // STEPS)
            yield from Contest(runner, over_http, path).rows(f"{events:,} events over HTTP", size, STEADY)
            # A model that is no work at all: told, but no server has one.
            yield from Contest(runner, at_hand, path).rows(f"{events:,} events in process", size, None)
            yield from recording(runner, over_http, path, f"{events:,} events over HTTP", size)
            yield memory(runner, at_hand, f"{events:,} events in process")


def in_process(chunks: int) -> Connection:
    """Says `chunks` words as fast as they are taken. Its secret is one that has to be looked for."""
    from langchain_core.messages import HumanMessage

    from tests.event_runs import saying

    text = " ".join(f"word{number % 500}" for number in range(chunks // 2 + 1))
    chain = chat.build(Connection(saying(text)))
    return Connection(chain, {"messages": [HumanMessage("Hi")]}, secrets=(KEY,))


@dataclass(frozen=True, slots=True)
class Contest:
    runner: Runner
    opened: Callable[[], Connection]
    path: Path

    def rows(self, case: str, size: Size, steady: float | None) -> Iterator[Row]:
        self.ours(self.path)  # imports
        # As the server does for both: else one full collection through all that was imported, which 20,000
        # events of the bare loop end just short of, is what the two differ by.
        collect_rarely()
        bare, kept, recorded = [], [], []
        for _ in range(size.times(5)):
            bare.append(self.bare())
            kept.append(self.ours(None))
            recorded.append(self.ours(self.path))
        limits = [Limit(steady, "bare")] if steady else []
        name = f"{case}, not recorded"
        yield Row("events", name, "CPU an event", "us", kept, bare=bare, limits=limits, short=bool(steady))
        yield Row("events", f"{case}, recorded", "CPU an event", "us", recorded, bare=bare)

    def bare(self) -> float:
        """Microseconds an event."""
        source = self.opened()
        with timed() as cpu:
            events = self.runner.run(_read(source))
        source.close()
        return MICRO * cpu() / events

    def ours(self, path: Path | None) -> float:
        with timed() as cpu:
            recorder = self.runner.run(_show(self.opened, path))
        return MICRO * cpu() / recorder.log.last


def recording(
    runner: Runner, opened: Callable[[], Connection], path: Path, case: str, size: Size
) -> Iterator[Row]:
    """The same events handed to a recorder without and with a file.

    Two whole runs differ by more than a file costs.
    """
    source, events = runner.run(_captured(opened))
    kept, added = [], []
    for _ in range(size.times(5)):
        without, with_file = (runner.run(_feed(source, events, where)) for where in (None, path))
        kept.append(without)
        added.append(with_file - without)
    yield Row("events", case, "what the log itself takes of an event", "us", kept)
    yield Row("events", case, "what recording adds to an event", "us", added, limit=RECORDING)


def memory(runner: Runner, opened: Callable[[], Connection], case: str) -> Row:
    """What a log holds after its run."""
    runner.run(_show(opened, None))
    gc.collect()
    tracemalloc.start()
    recorder = runner.run(_show(opened, None))
    gc.collect()
    held = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert recorder.log.last
    return Row("events", case, "memory held by the log", "MB", [held / 1e6])


@contextmanager
def timed() -> Iterator[Callable[[], float]]:
    gc.collect()
    began = time.process_time()
    yield lambda: time.process_time() - began


async def _read(source: Connection) -> int:
    count = 0
    async for _ in source.model.astream_events(source.value, version="v2"):
        count += 1
    return count


async def _captured(opened: Callable[[], Connection]) -> tuple[Connection, list[Any]]:
    source = opened()
    try:
        return source, [event async for event in source.model.astream_events(source.value, version="v2")]
    finally:
        source.close()


async def _feed(source: Connection, events: list[Any], path: Path | None) -> float:
    """Microseconds an event, written as they are at a real pace: some hundred together."""
    trace, view = Trace(About("bench", "bench", "chat"), path=path), Events()
    trace.start("astream_events")
    trace.attempt(1, 0.0, source.secrets, source.value)
    with timed() as cpu:
        for number, event in enumerate(events):
            trace.event(event)
            if number % TOGETHER == 0:
                _add(view, trace)
        _add(view, trace)
        trace.close()
    return MICRO * cpu() / len(events)


def _add(view: Events, trace: Trace) -> None:
    view.feed(trace.frame())
    view.rows(view.waiting)
    view.tree.changed()


async def _show(opened: Callable[[], Connection], path: Path | None) -> Recorder:
    recorder = Recorder(About("bench", "bench", "chat"), path=path)
    last: Any = None
    async for frame in recorder.frames(opened):
        last = frame
    if last.report.fault is not None:
        raise RuntimeError(f"it failed: {last.report.fault}")
    return recorder
