"""`python -m tests.bench.bare_readers URL READERS MESSAGE METHOD...`: many bare loops at once, no page.

One method after the other. Prints a JSON array with an object for each: `first` and `done` in seconds since
each loop's beginning, `cpu` in seconds, and `memory`, bytes that the process grew by.
"""

from __future__ import annotations

import asyncio
import json
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import psutil

from tests.bench import bare
from tests.servers.openai_plan import AS_TOLD


def threads(chain: Any, readers: int, message: str) -> list[bare.Bare]:
    read: list[bare.Bare] = []
    own = [threading.Thread(target=lambda: read.append(bare.read(chain, message))) for _ in range(readers)]
    for one in own:
        one.start()
    for one in own:
        one.join()
    return read


async def tasks(chain: Any, readers: int, message: str) -> list[bare.Bare]:
    return await asyncio.gather(*(bare.aread(chain, message) for _ in range(readers)))


def main(base_url: str, readers: int, message: str, *methods: str) -> None:
    chain = bare.chain(base_url, AS_TOLD)
    work: dict[str, Callable[[int, str], list[bare.Bare]]] = {
        "stream": lambda many, said: threads(chain, many, said),
        "astream": lambda many, said: runner.run(tasks(chain, many, said)),
    }
    with asyncio.Runner() as runner:
        print(json.dumps([take(work[method], readers, message) for method in methods]))


def take(work: Callable[[int, str], list[bare.Bare]], readers: int, message: str) -> dict[str, Any]:
    work(1, "chunks=5")  # imports
    before = psutil.Process().memory_info().rss
    began = time.process_time()
    read = work(readers, message)
    return {
        "first": [one.first for one in read],
        "done": [one.whole for one in read],
        "cpu": time.process_time() - began,
        "memory": psutil.Process().memory_info().rss - before,
        "failures": readers - len(read),
    }


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), *sys.argv[3:])
