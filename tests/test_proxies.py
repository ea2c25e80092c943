"""Proxies in the environment of every kind: the page is served, and what can't be used is named."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import certifi
import pytest

from components.proxies import unusable
from tests.app_process import ROOT, clean_environment, running
from tests.http_stream import ask, get

DEAD = "http://127.0.0.1:9"
# As desktops and proxy programs set them.
DESKTOP = {"ALL_PROXY": "socks://127.0.0.1:7891/", "all_proxy": "socks://127.0.0.1:7891/", "HTTP_PROXY": DEAD}
IPV6 = "[::1],::1/128,fe80::/10,[fd00::1]:80,日本,localhost"


class Busy(BaseHTTPRequestHandler):
    """A proxy that answers 503 to everything."""

    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_error(503)

    do_HEAD = do_POST = do_CONNECT = do_GET


@pytest.fixture
def busy() -> Iterator[tuple[str, list[str]]]:
    """Its address, and what it was asked."""
    asked: list[str] = []
    server = HTTPServer(("127.0.0.1", 0), type("Asked", (Busy,), {"asked": asked}))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    thread.join()
    server.server_close()


def without_proxies(**more: str) -> dict[str, str]:
    """For a process: what the one who runs the tests has is emptied."""
    return {**{name: "" for name in os.environ if name.lower().endswith("_proxy")}, **more}


def test_the_page_is_served_and_says_what_is_left_out() -> None:
    """Which of them are is below."""
    proxies = {
        **DESKTOP,
        "NO_PROXY": IPV6,
        "SSL_CERT_FILE": "/no/such/file",
        "SSLKEYLOGFILE": "/no/such/file",
    }
    with running(PROVIDER="scripted", MAX_TOKENS="2", **without_proxies(**proxies)) as app:
        assert get(app.url, "/healthz")[0] == 200
        assert ask(app.url, "hi").read()
        told = app.log()
    left_out = [name for name in proxies if f"{name} is left out" in told]
    assert left_out == ["ALL_PROXY", "all_proxy", "SSL_CERT_FILE", "SSLKEYLOGFILE"]
    assert "Traceback" not in told
    assert "share" not in told


def test_a_proxy_that_refuses_is_not_asked_for_this_machine(busy: tuple[str, list[str]]) -> None:
    address, asked = busy
    with running(
        PROVIDER="scripted", MAX_TOKENS="2", **without_proxies(http_proxy=address, https_proxy=address)
    ) as app:
        assert ask(app.url, "hi").read()
        assert "share" not in app.log()
    assert asked == []


@pytest.mark.parametrize(
    ("proxy", "why"),
    [
        ("socks://127.0.0.1:7891/", "begins with socks://"),
        ("socks4://127.0.0.1:7891", "begins with socks4://"),
        ("ftp://127.0.0.1:21", "begins with ftp://"),
        ("http://[::1", "no address"),
        ("http://host:port", "no address"),
        ("http://host:80\n", "no address"),
        ("http://me:SECRET#1@host:80", "no address"),
        ("socks://me:SECRET@host:80", "begins with socks://"),
    ],
)
@pytest.mark.parametrize("name", ["ALL_PROXY", "http_proxy", "Https_Proxy"])
def test_what_cannot_be_used_is_named_without_its_password(name: str, proxy: str, why: str) -> None:
    told = unusable({name: proxy, "NO_PROXY": "[::1]"})
    assert list(told) == [name]
    assert why in told[name]
    assert "SECRET" not in told[name]


@pytest.mark.parametrize(
    "proxy", ["127.0.0.1:7890", "HTTP://h:1", "https://h", "socks5://h:1", "socks5h://u:p@h", ""]
)
def test_what_can_be_used(proxy: str) -> None:
    assert unusable({"ALL_PROXY": proxy, "RSYNC_PROXY": "socks://h"}) == {}


def test_files_that_cannot_be_used(tmp_path: Path) -> None:
    """Of an environment that was removed, say; every client fails on them."""
    empty, whole = tmp_path / "empty.pem", certifi.where()
    empty.touch()
    for path in ("/no/such/file", str(empty), str(tmp_path)):
        assert "no certificate" in unusable({"SSL_CERT_FILE": path})["SSL_CERT_FILE"]
    for path in ("/no/such/file", str(tmp_path)):
        assert "written" in unusable({"SSLKEYLOGFILE": path})["SSLKEYLOGFILE"]
    assert unusable({"SSL_CERT_FILE": whole, "SSLKEYLOGFILE": str(empty), "SSL_CERT_DIR": "/none"}) == {}


WAYS = """
import json, sys, httpx
from components.proxies import left_out, on_the_way
left_out()
print(json.dumps([on_the_way(url) for url in sys.argv[1:]]))
httpx.Client().close()
"""


@pytest.mark.parametrize(
    ("proxies", "ways"),
    [
        ({"ALL_PROXY": "socks://h:1"}, ["ALL_PROXY", "ALL_PROXY", None, None, None]),
        ({"ALL_PROXY": "socks://h:1", "HTTPS_PROXY": DEAD}, ["HTTPS_PROXY", "ALL_PROXY", None, None, None]),
        ({"https_proxy": "socks4://h:1", "ALL_PROXY": DEAD}, ["ALL_PROXY", "ALL_PROXY", None, None, None]),
        ({"https_proxy": "socks4://h:1"}, ["https_proxy", None, None, None, None]),
        ({"ALL_PROXY": "socks://h:1", "NO_PROXY": "example.org"}, [None, None, None, None, None]),
        ({"ALL_PROXY": "socks://h:1", "NO_PROXY": "*"}, [None, None, None, None, None]),
        ({"NO_PROXY": IPV6}, [None, None, None, None, None]),
    ],
)
def test_which_variable_is_on_the_way(proxies: dict[str, str], ways: list[str | None]) -> None:
    urls = [
        "https://api.example.org/v1",
        "http://example.org",
        "http://localhost:1/v1",
        "http://127.0.0.1:1",
        "http://[::1]:1",
    ]
    done = subprocess.run(
        [sys.executable, "-c", WAYS, *urls],
        cwd=ROOT,
        env=clean_environment() | without_proxies(**proxies),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == ways
