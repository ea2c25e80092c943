"""The embedded model's process, as the tests of it look at it."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable
from time import monotonic, sleep
from typing import Any
from urllib.parse import urlsplit

import psutil

from components.providers import Choice
from components.streaming import Connection
from tests.processes import of_local

# The model doesn't come to an end of it.
LONG = "Write a very long story about a river."


def until(condition: Callable[[], bool], seconds: float = 60) -> float:
    """Seconds until it held."""
    began = monotonic()
    while not condition():
        assert monotonic() - began < seconds, "waited too long"
        sleep(0.005)
    return monotonic() - began


def choice(max_tokens: int = 16) -> Choice:
    return Choice("local", temperature=0, max_tokens=max_tokens)


def child() -> psutil.Process:
    (only,) = of_local()
    return only


def ask(connection: Connection, path: str, key: str | None) -> tuple[int, Any]:
    address = urlsplit(str(connection.model.openai_api_base))
    client = http.client.HTTPConnection(address.netloc, timeout=60)
    client.request("GET", path, headers={"Authorization": f"Bearer {key}"} if key else {})
    response = client.getresponse()
    answer = response.status, json.loads(response.read())
    client.close()
    return answer
