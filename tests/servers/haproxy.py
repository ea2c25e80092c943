"""HAProxy from Debian's package, with the README's very configuration unless a test has its own."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from tests.app_process import free_port
from tests.docs import block
from tests.servers.debian import program, serving


def configuration() -> str:
    return block("haproxy")


@contextmanager
def proxied(first: str, second: str) -> Iterator[str]:
    """The address at which the two replicas are served, once it is."""
    with haproxy(configuration(), APP_1=urlsplit(first).netloc, APP_2=urlsplit(second).netloc) as url:
        yield url


@contextmanager
def haproxy(configured: str, **environment: str) -> Iterator[str]:
    """The address, which the configuration finds in `BIND`, once something is served there."""
    found = program("haproxy", "HAProxy", "haproxy")
    port = free_port()
    env = os.environ | environment | {"BIND": f"127.0.0.1:{port}"}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "haproxy.cfg")
        file.write_text(configured)
        with serving([found, "-db", "-q", "-f", str(file)], port, env) as url:
            yield url
