"""The server under the page: how long it leaves a connection open, and that it needs no terminal."""

from __future__ import annotations

import socket
import sys
from typing import Any
from urllib.parse import urlsplit

import pytest
from gradio import http_server
from starlette.responses import PlainTextResponse

from components.gradio_internals import server
from tests.app_process import App, free_port
from tests.raw_http import request

HEAD = b"HEAD /robots.txt HTTP/1.1\r\nHost: localhost\r\n\r\n"


def test_a_visitor_who_waits_keeps_the_connection(laptop: App) -> None:
    """Uvicorn's own five seconds are less than a busy loop takes."""
    address = urlsplit(laptop.url)
    with socket.create_connection((address.hostname or "", address.port or 80), timeout=60) as connection:
        connection.sendall(HEAD)
        assert connection.recv(10_000).startswith(b"HTTP/1.1 ")
        connection.settimeout(6)
        with pytest.raises(TimeoutError):
            connection.recv(1)
        connection.settimeout(60)
        connection.sendall(HEAD)
        assert connection.recv(10_000).startswith(b"HTTP/1.1 ")


def test_without_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """As pythonw on Windows starts it."""
    monkeypatch.setattr(http_server, "start_server", http_server.start_server)  # which is put back
    for stream in ("stdout", "stderr"):
        monkeypatch.setattr(sys, stream, None)
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.setenv(name, "localhost")
    server.launch_with(lambda app: app)
    start: Any = http_server.start_server
    _, _, url, running = start(PlainTextResponse("here"), "127.0.0.1", free_port())
    assert request(url, "GET /", "Host: localhost").body == "here"
    running.close()
