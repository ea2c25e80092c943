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
from tests.servers.vertex import TRANSPORTS, Vertex

STREAMING, SILENT, FELL_SILENT = "chunks=1000,rate=20", "stall_after=0", "stall_after=2"
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
        self.returned = time.monotonic()

    async def _read(self) -> None:
        if self.mode == "astream":
            async for chunk in self.connection.model.astream("hi"):
                self.chunks.append(chunk)
        else:
            await self.connection.model.ainvoke("hi")


def until(true: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "not within the time"
        time.sleep(0.005)


def _cancelled(vertex: Vertex, transport: str, since: float, what: str, count: int = 1) -> None:
    event = vertex.servers[transport].wait_for("cancelled", count)
    milliseconds = 1000 * (event["time"] - since)
    print(f"{transport} {what}: the server saw the end {milliseconds:.1f} ms after the stop")
    assert 0 <= milliseconds < 2000


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("plan", [STREAMING, SILENT, FELL_SILENT])
@pytest.mark.parametrize("transport", TRANSPORTS)
def test_abort(vertex: Vertex, transport: str, plan: str, mode: str) -> None:
    if mode.endswith("invoke") and plan == STREAMING:
        plan = "first=60"
    connection = vertex.open(transport, plan)
    reader = Reader(connection, mode)
    thread = reader.start()
    vertex.servers[transport].wait_for("request")
    # Long enough for a call that would end by itself to have ended.
    thread.join(0.2)
    assert thread.is_alive()
    assert vertex.servers[transport].events("cancelled") == []
    stopped = time.monotonic()
    connection.abort()
    connection.abort()
    thread.join(10)
    assert not thread.is_alive()
    print(f"the reader returned after {1000 * (reader.returned - stopped):.1f} ms")
    assert reader.returned - stopped < 2
    assert type(reader.error).__name__ == "Cancelled"
    _cancelled(vertex, transport, stopped, f"{mode} {plan}")
    with pytest.raises(Exception, match="stopped"):
        connection.model.invoke("no call begins after it")


@pytest.mark.parametrize("plan", [STREAMING, SILENT, FELL_SILENT])
@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_cancelling_the_task(vertex: Vertex, transport: str, plan: str) -> None:
    connection = vertex.open(transport, plan)

    async def read() -> None:
        async for _ in connection.model.astream("hi"):
            pass

    task = asyncio.create_task(read())
    await asyncio.to_thread(vertex.servers[transport].wait_for, "request")
    stopped = time.monotonic()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    _cancelled(vertex, transport, stopped, f"task of astream {plan}")


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_closing_the_generators_ends_one_call_and_no_other(vertex: Vertex, transport: str) -> None:
    connection = vertex.open(transport, STREAMING)
    other = aiter(connection.model.astream("hi"))
    await anext(other)
    chunks = connection.model.stream("hi")
    next(chunks)
    stopped = time.monotonic()
    chunks.close()
    _cancelled(vertex, transport, stopped, "close")
    assert (await anext(other)).content
    stopped = time.monotonic()
    await other.aclose()
    _cancelled(vertex, transport, stopped, "aclose", count=2)


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_more_silent_streams_than_the_loops_executor_has_threads(
    vertex: Vertex, transport: str
) -> None:
    connection = vertex.open(transport, SILENT)
    tasks = [asyncio.create_task(connection.model.ainvoke("hi")) for _ in range(40)]
    await asyncio.to_thread(vertex.servers[transport].wait_for, "request", 40)
    connection.abort()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert {type(result).__name__ for result in results} == {"Cancelled"}
    vertex.servers[transport].wait_for("cancelled", 40)


@pytest.mark.parametrize("plan", ["gemini-x", STREAMING])
@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_nothing_is_left_after_close(vertex: Vertex, transport: str, plan: str) -> None:
    connection = vertex.open(transport, plan)
    async for _ in connection.model.astream("hi"):
        if plan == STREAMING:
            break
    connection.close()
    port = int(vertex.servers[transport].address.rpartition(":")[2])

    def left() -> bool:
        sockets = [c for c in psutil.Process().net_connections("tcp") if c.raddr and c.raddr.port == port]
        readers = [t for t in threading.enumerate() if t.name == "vertexai-reader"]
        return bool(sockets or readers)

    await asyncio.to_thread(until, lambda: not left())
