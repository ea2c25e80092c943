"""Servers from Debian's packages, each in a process of its own."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager


def program(name: str, said: str, package: str) -> str:
    """The path of a program; `said`: its name in a sentence."""
    found = shutil.which(name, path=f"{os.environ['PATH']}{os.pathsep}/usr/sbin")
    assert found, (
        f"{said} is missing: tests/run.sh installs it where apt can, or `apt-get install {package}`."
    )
    return found


@contextmanager
def serving(command: list[str], port: int, env: Mapping[str, str] | None = None) -> Iterator[str]:
    """The address, once the command serves something at that port of loopback."""
    process = subprocess.Popen(command, env=env)
    try:
        _wait_for_port(port, process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(60)


def _wait_for_port(port: int, process: subprocess.Popen[bytes], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while True:
        assert process.poll() is None, "it ended; what it said stands above"
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        else:
            return
