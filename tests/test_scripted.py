"""The scripted provider: its settings, and how it is stopped."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path

import pytest
from langchain_core.messages import AIMessageChunk
from openai import APIConnectionError

from components.providers import Choice
from components.providers.scripted import Scripted
from components.settings import Settings
from components.streaming import Connection
from components.streaming.faults import Failure

FAST = {"delay": "0", "rate": "0"}


def connect(values: Mapping[str, str] | None = None, *, max_tokens: int = 512) -> Connection:
    """At once, unless `values` says otherwise."""
    return Scripted(Settings()).open(
        Choice("scripted", max_tokens=max_tokens, values=FAST | dict(values or {}))
    )


async def read(connection: Connection, method: str, chunks: list[AIMessageChunk]) -> None:
    """Append every chunk, also those before a failure."""
    if method == "astream":
        async for chunk in connection.model.astream("Hi"):
            assert isinstance(chunk, AIMessageChunk)
            chunks.append(chunk)
    else:
        await asyncio.to_thread(lambda: chunks.extend(connection.model.stream("Hi")))


def test_abort_wakes_a_waiting_thread() -> None:
    for values in (
        {"delay": "60"},
        {"failure": "stall", "fail_after": "3", "timeout": "60"},
        {"rate": "0.1"},
    ):
        connection = connect(values)
        chunks: list[AIMessageChunk] = []
        raised: list[Exception] = []

        def run(connection: Connection = connection, out: list[AIMessageChunk] = chunks) -> None:
            try:
                out.extend(
                    chunk for chunk in connection.model.stream("Hi") if isinstance(chunk, AIMessageChunk)
                )
            except APIConnectionError as error:
                raised.append(error)  # noqa: B023

        thread = threading.Thread(target=run)
        thread.start()
        thread.join(0.3)
        assert thread.is_alive()
        connection.abort()
        connection.abort()
        thread.join(30)
        assert raised, "the thread neither raised nor ended"


async def test_cancelling_a_task_ends_its_wait() -> None:
    task = asyncio.create_task(read(connect({"delay": "60"}), "astream", []))
    done, _ = await asyncio.wait({task}, timeout=0.2)
    assert not done
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(task, 30)  # not after a minute, as it would be by itself


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("delay", "-1"),
        ("delay", "soon"),
        ("delay", "inf"),
        ("rate", "0.01"),
        ("rate", "nan"),
        ("length", "0"),
        ("length", "2.5"),
        ("language", "xx"),
        ("failure", "boom"),
        ("fail_after", "-3"),
        ("timeout", "0"),
        ("thinking", "yes"),
        ("thinking_length", "0"),
        ("tool_call", "7"),
        ("writes", "1"),
    ],
)
def test_a_bad_setting_is_named(field: str, value: str) -> None:
    with pytest.raises(Failure) as caught:
        connect({field: value})
    assert caught.value.fault.kind == "bad_setting"
    assert caught.value.fault.params == {"field": field}


def test_no_sdk_is_imported_before_it_is_needed() -> None:
    code = """
import json, sys
from components.providers.scripted import Scripted
from components.settings import Settings
Scripted(Settings())
print(json.dumps([name for name in ("langchain_core", "openai", "httpx2") if name in sys.modules]))
"""
    root = Path(__file__).parents[1]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == []
