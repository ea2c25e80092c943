"""One take of many readers, of a server or of bare loops, in processes of their own."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import psutil

from tests.app_process import ROOT
from tests.bench.served import Served

# Seconds after which a take is given up, and the way that needed more is asked for no larger one.
LONGEST = 150.0


@dataclass(frozen=True, slots=True)
class Take:
    """`first` and `done`: seconds, one for each reader. `cpu`: seconds. `memory`: bytes."""

    first: Sequence[float]
    done: Sequence[float]
    cpu: float
    memory: float
    failures: int


def read(app: Served, count: int, message: str, rest: int) -> Take | None:
    """None when it takes too long. The readers' pages are open when they ask: Gradio knows their sessions."""
    client = [sys.executable, "-m", "tests.bench.reader_client", app.url, str(count)]
    visit = uuid4().hex
    _told([*client, "chunks=1", visit])
    before = app.cpu_at_rest()
    with _peak(app.process) as peak:
        try:
            told = _told([*client, message, visit])
        except subprocess.TimeoutExpired:
            return None
    cpu = app.cpu_at_rest() - before
    if told["failures"]:
        print(f"{told['failures']} of {count} failed: {told['why']}", file=sys.stderr, flush=True)
    return Take(told["first"], told["done"], cpu, max(peak) - rest, told["failures"])


def bare(base_url: str, methods: Sequence[str], count: int, message: str) -> list[Take]:
    """One for each method, all in one process."""
    loops = [sys.executable, "-m", "tests.bench.bare_readers", base_url, str(count), message, *methods]
    return [
        Take(told["first"], told["done"], told["cpu"], told["memory"], told["failures"])
        for told in _told(loops)
    ]


def _told(command: list[str]) -> Any:
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, timeout=LONGEST, check=True)
    return json.loads(done.stdout)


@contextmanager
def _peak(process: psutil.Process) -> Iterator[list[int]]:
    """Grows by the process's resident bytes, ten times a second."""
    seen = [process.memory_info().rss]
    ended = threading.Event()

    def look() -> None:
        while not ended.wait(0.1):
            seen.append(process.memory_info().rss)

    looking = threading.Thread(target=look)
    looking.start()
    try:
        yield seen
    finally:
        ended.set()
        looking.join()


@contextmanager
def upstream() -> Iterator[str]:
    command = [sys.executable, "-m", "tests.bench.fast_upstream"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield str(json.loads(process.stdout.readline())["base_url"])
        finally:
            process.stdin.close()
            process.wait(10)
