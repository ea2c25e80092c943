from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import psutil
import pytest

from components.streaming import Connection
from tests.servers.vertex import Vertex

STREAMING, SILENT, FELL_SILENT = "chunks=200,rate=20,stall_after=150", "stall_after=0", "stall_after=2"
MODES = ("stream", "invoke", "astream", "ainvoke")


@dataclass(slots=True)
class Reader:
    """Reads a reply in a thread, in one of MODES, until it ends or breaks."""

    connection: Connection
    mode: str
    chunks: list[Any] = field(default_factory=list)
    error: BaseException | None = None
    returned: float = 0

    def start(self) -> threading.Thread:
        thread = threading.Thread(target=self._run)
        thread.start()
        return thread

    def _run(self) -> None:
        try:
            if self.mode.startswith("a"):
                asyncio.run(self._read())
            elif self.mode == "stream":
                self.chunks.extend(self.connection.model.stream("hi"))
            else:
                self.connection.model.invoke("hi")
        except Exception as error:  # noqa: BLE001 - the test looks at it
            self.error = error

    async def _read(self) -> None:
        if self.mode == "astream":
            async for chunk in self.connection.model.astream("hi"):
                self.chunks.append(chunk)
        else:
            await self.connection.model.ainvoke("hi")


def until(true: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "not within the time"
        time.sleep(0.005)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("plan", [STREAMING, SILENT, FELL_SILENT])
def test_abort(vertex: Vertex, plan: str, mode: str) -> None:
    if mode.endswith("invoke") and plan == STREAMING:
        plan = "first=60"
    connection = vertex.open(plan)
    reader = Reader(connection, mode)
    thread = reader.start()
    vertex.server.wait_for("request")
    # Long enough for a call that would end by itself to have ended.
    thread.join(0.2)
    assert thread.is_alive()
    assert vertex.server.events("cancelled") == []
    connection.abort()
    connection.abort()
    thread.join(60)
    assert not thread.is_alive()
    assert type(reader.error).__name__ == "Cancelled"
    vertex.server.wait_for("cancelled")
    with pytest.raises(Exception, match="stopped"):
        connection.model.invoke("no call begins after it")


@pytest.mark.parametrize("plan", [STREAMING, SILENT, FELL_SILENT])
async def test_cancelling_the_task(vertex: Vertex, plan: str) -> None:
    connection = vertex.open(plan)

    async def read() -> None:
        async for _ in connection.model.astream("hi"):
            pass

    task = asyncio.create_task(read())
    await asyncio.to_thread(vertex.server.wait_for, "request")
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.to_thread(vertex.server.wait_for, "cancelled")


async def test_closing_the_generators_ends_one_call_and_no_other(vertex: Vertex) -> None:
    connection = vertex.open(STREAMING)
    other = aiter(connection.model.astream("hi"))
    await anext(other)
    chunks = connection.model.stream("hi")
    next(chunks)
    chunks.close()
    vertex.server.wait_for("cancelled")
    assert (await anext(other)).content
    await other.aclose()
    vertex.server.wait_for("cancelled", 2)


async def test_more_silent_streams_than_the_loops_executor_has_threads(
    vertex: Vertex,
) -> None:
    connection = vertex.open(SILENT)
    tasks = [asyncio.create_task(connection.model.ainvoke("hi")) for _ in range(40)]
    await asyncio.to_thread(vertex.server.wait_for, "request", 40)
    connection.abort()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert {type(result).__name__ for result in results} == {"Cancelled"}
    vertex.server.wait_for("cancelled", 40)


@pytest.mark.parametrize("plan", ["gemini-x", STREAMING])
async def test_nothing_is_left_after_close(vertex: Vertex, plan: str) -> None:
    connection = vertex.open(plan)
    async for _ in connection.model.astream("hi"):
        if plan == STREAMING:
            break
    connection.close()
    port = int(vertex.server.address.rpartition(":")[2])

    def left() -> bool:
        sockets = [c for c in psutil.Process().net_connections("tcp") if c.raddr and c.raddr.port == port]
        readers = [t for t in threading.enumerate() if t.name == "vertexai-reader"]
        return bool(sockets or readers)

    await asyncio.to_thread(until, lambda: not left())
