"""A stand-in in a process of its own, which writes what happens to it on its stdout, a JSON object a line."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

ROOT = Path(__file__).parents[2]
GO_ON = "go on\n"


def say(event: str, **more: Any) -> None:
    """Write one line. `time` is `time.monotonic()`, which processes share on one machine."""
    print(json.dumps({"event": event, "time": time.monotonic(), **more}), flush=True)


async def until_closed(busy: Callable[[], bool], go_on: Callable[[], None]) -> None:
    """Until stdin is closed: answer a line with "idle", once nothing is under way, or go on, as it says."""
    while line := await asyncio.to_thread(sys.stdin.readline):
        if line == GO_ON:
            go_on()
            continue
        while busy():  # noqa: ASYNC110 - looked at only between two tests
            await asyncio.sleep(0.005)
        say("idle")


class StandIn:
    """`with StandIn("tests.servers.vertex_grpc") as server: ... server.address`.

    The first line is {"event": "ready", "address": ...}. The process ends when its stdin is closed.
    """

    def __init__(self, module: str) -> None:
        self._module = module
        self._events: list[dict[str, Any]] = []
        self._more = threading.Condition()

    def __enter__(self) -> StandIn:
        self._process = subprocess.Popen(
            [sys.executable, "-m", self._module],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._reader = threading.Thread(target=self._read)
        self._reader.start()
        self.ready = self.wait_for("ready", seconds=60)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(60)
        except subprocess.TimeoutExpired:
            self._process.kill()
            raise
        finally:
            self._reader.join()
            self._process.__exit__(kind, error, traceback)

    @property
    def address(self) -> str:
        return str(self.ready["address"])

    def events(self, name: str) -> list[dict[str, Any]]:
        with self._more:
            return [event for event in self._events if event["event"] == name]

    def wait_for(self, name: str, count: int = 1, seconds: float = 60) -> dict[str, Any]:
        """The newest event called `name` once there are `count` of them since `forget`.

        Raises:
            TimeoutError: there weren't within `seconds`.
        """
        with self._more:
            self._more.wait_for(lambda: self._count(name) >= count, seconds)
            if self._count(name) < count:
                raise TimeoutError(f"no {name!r} within {seconds} s, only {self._events}")
            return next(event for event in reversed(self._events) if event["event"] == name)

    def forget(self) -> None:
        """Drop the events so far, and those of requests that are still ending.

        Raises:
            TimeoutError: a request didn't end.
        """
        self._write("\n")
        self.wait_for("idle")
        with self._more:
            self._events.clear()

    def release(self) -> None:
        """Let one reply go on that its plan holds, or is about to."""
        self._write(GO_ON)

    def _write(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line)
        self._process.stdin.flush()

    def _count(self, name: str) -> int:
        return sum(event["event"] == name for event in self._events)

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            with self._more:
                self._events.append(json.loads(line))
                self._more.notify_all()
