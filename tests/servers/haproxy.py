"""HAProxy from Debian's package, with the README's very configuration unless a test has its own."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from tests.app_process import free_port

README = Path(__file__).parents[2] / "README.md"


def configuration() -> str:
    (text,) = re.findall(r"^```haproxy\n(.*?)^```", README.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    return str(text)


@contextmanager
def proxied(first: str, second: str) -> Iterator[str]:
    """The address at which the two replicas are served, once it is."""
    with haproxy(configuration(), APP_1=urlsplit(first).netloc, APP_2=urlsplit(second).netloc) as url:
        yield url


@contextmanager
def haproxy(configured: str, **environment: str) -> Iterator[str]:
    """The address, which the configuration finds in `BIND`, once something is served there."""
    program = shutil.which("haproxy", path=f"{os.environ['PATH']}{os.pathsep}/usr/sbin")
    assert program, (
        "HAProxy is missing: tests/run.sh installs it where apt can, or `apt-get install haproxy`."
    )
    port = free_port()
    env = os.environ | environment | {"BIND": f"127.0.0.1:{port}"}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "haproxy.cfg")
        file.write_text(configured)
        process = subprocess.Popen([program, "-db", "-q", "-f", str(file)], env=env)
        try:
            wait_for_port(port, process)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(10)


def wait_for_port(port: int, process: subprocess.Popen[bytes], seconds: float = 10) -> None:
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
