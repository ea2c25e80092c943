"""What JsonOutputParser takes for a reply that has been read: in a process of its own, with a limit.

`python -m components.runs.json_cost` reads `{"text", "lengths", "seconds"}`, the lengths of the chunks in
characters, and writes `{"cpu", "seen", "items", "raised"}`.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass

from components.runs import own_process
from components.streaming import Stop

# Seconds of CPU; for 200 KB it would be ten minutes.
LIMIT = 2.0
# Seconds until the process is given up: it has the lowest claim on a busy machine, and waits its turn.
PATIENCE = 20.0


@dataclass(frozen=True, slots=True)
class Theirs:
    """Seconds of CPU for `seen` of `chunks` chunks, which gave `items` objects; `raised`: what ended it."""

    cpu: float
    seen: int
    chunks: int
    items: int
    raised: str = ""


class Scales:
    """Measures one reply at a time, whoever's it is: nobody else's stream is to feel it."""

    def __init__(self) -> None:
        self._free = asyncio.Semaphore(1)

    async def weigh(self, text: str, lengths: Sequence[int], stop: Stop) -> Theirs | None:
        """None when it was stopped, or could not be measured in time."""
        loop = asyncio.get_running_loop()
        weighing = asyncio.create_task(self._weigh(text, lengths), name="weigh")

        def cancel() -> None:
            with suppress(RuntimeError):  # the loop has closed
                loop.call_soon_threadsafe(weighing.cancel)

        stop.call(cancel)
        try:
            await asyncio.wait({weighing})
        finally:
            stop.forget(cancel)
            weighing.cancel()
        return None if weighing.cancelled() else weighing.result()

    async def _weigh(self, text: str, lengths: Sequence[int]) -> Theirs | None:
        try:
            async with asyncio.timeout(PATIENCE), self._free:
                asked = {"text": text, "lengths": list(lengths), "seconds": LIMIT}
                said = await own_process.ask("components.runs.json_cost", asked)
                return Theirs(**said, chunks=len(lengths))
        except TimeoutError:
            return None


def measure(text: str, lengths: Sequence[int], seconds: float) -> Theirs:
    """JsonOutputParser over these chunks, until it has used `seconds` of CPU."""
    from langchain_core.output_parsers import JsonOutputParser

    items, seen, raised = 0, 0, ""
    began = time.thread_time()

    def chunks() -> Iterator[str]:
        nonlocal seen
        at = 0
        for length in lengths:
            if time.thread_time() - began > seconds:
                return
            seen += 1
            yield text[at : at + length]
            at += length

    try:
        for _ in JsonOutputParser().transform(chunks()):
            items += 1
    except (ValueError, RecursionError) as error:
        raised = type(error).__name__
    return Theirs(time.thread_time() - began, seen, len(lengths), items, raised)


def main() -> None:
    if hasattr(os, "nice"):
        os.nice(10)
    asked = json.load(sys.stdin)
    said = asdict(measure(asked["text"], asked["lengths"], asked["seconds"]))
    del said["chunks"]
    json.dump(said, sys.stdout)


if __name__ == "__main__":
    main()
