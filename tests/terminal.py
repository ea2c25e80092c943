"""The console as its user starts it: in a pseudo-terminal, or with pipes."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.app_process import ROOT, clean_environment

COMMAND = [sys.executable, "-m", "components.console"]
# The terminal becomes the child's own, so that Ctrl-C typed there is a signal to it.
_OWN = (
    "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0);"
    "os.execv(sys.executable, [sys.executable, '-m', 'components.console', *sys.argv[1:]])"
)
LONGEST = 150.0


def environment(folder: Path, **variables: str) -> dict[str, str]:
    """In English, whatever the tester's language; run in `folder`, where no .env is."""
    path = {"PYTHONPATH": str(ROOT), "LC_ALL": "C.UTF-8", "TERM": "xterm", "PWD": str(folder)}
    return clean_environment() | path | variables


def piped(
    folder: Path, *arguments: str, variables: Mapping[str, str] | None = None, stdin: bytes = b""
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [*COMMAND, *arguments],
        cwd=folder,
        env=environment(folder, **(variables or {})),
        input=stdin,
        capture_output=True,
        timeout=LONGEST,
        check=False,
    )


class Terminal:
    """`shown`: everything the terminal was sent, line ends as programs write them."""

    def __init__(self, process: subprocess.Popen[bytes], end: int) -> None:
        self.process = process
        self._end = end
        self._bytes = b""

    @property
    def shown(self) -> str:
        return self._bytes.decode("utf-8", "replace").replace("\r\n", "\n")

    def type(self, keys: bytes) -> None:
        os.write(self._end, keys)

    def wait_for(self, true: Callable[[str], bool]) -> float:
        """Read until what is shown is so; the `time.monotonic()` of that moment."""
        deadline = time.monotonic() + LONGEST
        while not true(self.shown):
            if time.monotonic() > deadline or not self._read(deadline):
                raise AssertionError(f"not shown: {self.shown!r}")
        return time.monotonic()

    def status(self) -> int:
        """Read to the end; the exit status."""
        deadline = time.monotonic() + LONGEST
        while self._read(deadline):
            pass
        return self.process.wait(LONGEST)

    def _read(self, deadline: float) -> bool:
        ready, _, _ = select.select([self._end], [], [], max(0.0, deadline - time.monotonic()))
        try:
            read = os.read(self._end, 65536) if ready else b""
        except OSError:  # Linux's word for the end of a terminal
            read = b""
        self._bytes += read
        return bool(read)


@contextmanager
def terminal(folder: Path, *arguments: str, **variables: str) -> Iterator[Terminal]:
    end, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", _OWN, *arguments],
        cwd=folder,
        env=environment(folder, **variables),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    try:
        yield Terminal(process, end)
    finally:
        process.kill()
        process.wait()
        os.close(end)
