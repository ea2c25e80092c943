"""A request as it is written, byte for byte: with odd `Host` headers, or none."""

from __future__ import annotations

import socket
from email.parser import BytesParser
from typing import NamedTuple
from urllib.parse import urlsplit


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: str


def request(url: str, first: str, *headers: str) -> Answer:
    """`first`: "GET /path", with HTTP/1.1 unless it says otherwise."""
    address = urlsplit(url)
    line = first if first.count(" ") == 2 else f"{first} HTTP/1.1"
    with socket.create_connection((address.hostname or "", address.port or 80), timeout=60) as connection:
        connection.sendall("\r\n".join((line, "Connection: close", *headers, "", "")).encode())
        with connection.makefile("rb") as answer:
            status = int(answer.readline().split()[1])
            head = b"".join(iter(answer.readline, b"\r\n"))
            told = {name.lower(): value for name, value in BytesParser().parsebytes(head).items()}
            return Answer(status, told, answer.read().decode("utf-8", "replace"))
