"""The server under the page: how long it leaves a connection open."""

from __future__ import annotations

import socket
from urllib.parse import urlsplit

import pytest

from tests.app_process import App

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
