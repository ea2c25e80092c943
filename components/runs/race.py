"""A race: several runs on one clock, live or from their files, and those files in one."""

import asyncio
import shutil
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from contextlib import ExitStack, aclosing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

from components.chains.registry import CHAINS
from components.runs import replay
from components.runs.ask import Ask, prepared, start
from components.runs.lab import Lab
from components.streaming import Frame, Stop, Trace
from components.streaming.trace import BadRunFile, RunFile
from components.streaming.trace.encoder import LONGEST_LINE

MOST: Final = 4
# A race shows how replies come, not all of them.
TOKENS: Final = 160
# The embedded model's lanes share its processor.
ONE_AT_A_TIME: Final = "local"
# The chat chain with a last step that waits for the whole text.
WAITS: Final = "chat, a step that waits"
# A lane has nobody to ask whether to go on. All but the conversations are read by their events.
CONVERSATIONS: Final = ("chat", WAITS)
LANE_CHAINS: Final = (*CONVERSATIONS, *(name for name in CHAINS if name not in ("chat", "approval")))
# Seconds: between two frames of a lane, and where there is no text; how much later one may be due to go with
# the others'.
INTERVAL: Final = 0.075
SILENCE: Final = 0.25
TOGETHER: Final = 0.005
# How a run file begins.
_HEADER: Final = b'{"format":'

# New frames, by the number of the lane.
Frames = Mapping[int, Frame]
_Numbered = AsyncGenerator[tuple[int, Frame]]


@dataclass(frozen=True, slots=True)
class Lane:
    """`chain`: one of `LANE_CHAINS`."""

    ask: Ask
    chain: str
    trace: Trace
    stop: Stop


def frames(lab: Lab, lanes: Sequence[Lane]) -> AsyncGenerator[Frames]:
    """Every lane is a run of its own: it is limited, stopped and fails by itself."""
    in_turn = [n for n, lane in enumerate(lanes) if lane.ask.choice.provider == ONE_AT_A_TIME]
    apart = [[n] for n in range(len(lanes)) if n not in in_turn]
    return _merged([_one_by_one((n, _run(lab, lanes[n])) for n in numbers) for numbers in (*apart, in_turn)])


def replayed(lab: Lab, run_files: Sequence[RunFile], visitor: str, stop: Stop) -> AsyncGenerator[Frames]:
    """All lanes from their beginnings, also those that ran one after the other.

    Raises BadRunFile, Failure: as a replay.
    """
    playing = (replay.frames(lab, one, visitor, speed=1.0, start=0.0, stop=stop) for one in run_files)
    return _merged([_one_by_one([numbered]) for numbered in enumerate(playing)])


def _run(lab: Lab, lane: Lane) -> AsyncGenerator[Frame]:
    waits = lane.chain == WAITS
    chain = prepared(lab, lane.ask, "chat" if waits else lane.chain, waits=waits)
    view: dict[str, Any] = {"trace": lane.trace, "interval": INTERVAL, "silence": SILENCE}
    return start(lab, lane.ask, "race", chain, lane.stop, **view)


async def _one_by_one(lanes: Iterable[tuple[int, AsyncGenerator[Frame]]]) -> _Numbered:
    for number, frames in lanes:
        async with aclosing(frames):
            async for frame in frames:
                yield number, frame


async def _merged(sources: Sequence[_Numbered]) -> AsyncGenerator[Frames]:
    """What each has next, as soon as one has any. A source goes on when its frame was taken: so they keep
    step, and a page is sent one message for all of them.
    """
    coming = {asyncio.ensure_future(anext(source)): source for source in sources}
    try:
        while coming:
            await asyncio.wait(coming, return_when=asyncio.FIRST_COMPLETED)
            await asyncio.sleep(TOGETHER)
            new: dict[int, Frame] = {}
            went_on = []
            for task in [task for task in coming if task.done()]:
                source = coming.pop(task)
                if not isinstance(task.exception(), StopAsyncIteration):
                    number, new[number] = task.result()
                    went_on.append(source)
            if new:
                yield new
            coming |= {asyncio.ensure_future(anext(source)): source for source in went_on}
    finally:
        for task in coming:
            task.cancel()
        await asyncio.gather(*coming, return_exceptions=True)
        for source in sources:
            await source.aclose()


def join(run_files: Iterable[Path], whole: Path) -> None:
    """Write them one behind the other."""
    with whole.open("wb") as out:
        for path in run_files:
            with path.open("rb") as run_file:
                shutil.copyfileobj(run_file, out)


def split(whole: Path, paths: Sequence[Path]) -> list[Path]:
    """The run files in it, each at one of `paths`; what is in them has yet to be checked. It is gone itself.

    Raises BadRunFile: there are more than paths, or none.
    """
    found: list[Path] = []
    try:
        with whole.open("rb") as file, ExitStack() as run_files:
            for number, line in enumerate(iter(partial(file.readline, LONGEST_LINE + 1), b""), start=1):
                if not found or line.startswith(_HEADER):
                    if len(found) == len(paths):
                        raise BadRunFile("damaged", line=str(number))
                    found.append(paths[len(found)])
                    run_file = run_files.enter_context(found[-1].open("wb"))
                run_file.write(line)
    finally:
        whole.unlink()
    if not found:
        raise BadRunFile("empty")
    return found
