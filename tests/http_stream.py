"""A client of `/run_stream` on a socket of its own."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

EVENTS = {"Accept": "text/event-stream"}
SENT = {"Content-Type": "application/json", "Connection": "close"}


def ask(
    url: str, message: str, headers: Mapping[str, str] | None = None, *, timeout: float = 60
) -> http.client.HTTPResponse:
    """The response's head; its body is still to come."""
    return send(url, json.dumps({"message": message}).encode(), headers, timeout=timeout)


def send(
    url: str,
    body: bytes | Sequence[bytes],
    headers: Mapping[str, str] | None = None,
    *,
    path: str = "/run_stream",
    timeout: float = 60,
) -> http.client.HTTPResponse:
    """The same for any body, sent as JSON unless the headers say otherwise.

    Whoever reads the response to its end has closed its socket.
    """
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=timeout)
    connection.request("POST", path, body, {**SENT, **(headers or {})})
    return connection.getresponse()


def pieces(response: http.client.HTTPResponse) -> Iterator[str]:
    """The text as it comes; the pieces here are whole characters, as the stand-in's texts are ASCII."""
    while piece := response.read1(65536):
        yield piece.decode()


def events(response: http.client.HTTPResponse) -> Iterator[tuple[str, dict[str, Any]]]:
    """Server-Sent Events: their names and data."""
    name, data = "", ""
    for line in (line.decode().rstrip("\n") for line in response):
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: "):
            data += line.removeprefix("data: ")
        elif not line and name:  # not after a comment
            yield name, json.loads(data)
            name, data = "", ""


def get(url: str, path: str) -> tuple[int, Any]:
    """Status and JSON."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
    connection.request("GET", path, headers=SENT)
    with connection.getresponse() as response:
        return response.status, json.load(response)
