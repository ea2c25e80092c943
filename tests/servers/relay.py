"""TCP passed on, so that a connection can be reset beneath a server that offers no such thing."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Coroutine, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from threading import Thread
from typing import Any


class Relay:
    """Listens on loopback and passes each connection on to `port`."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._clients: dict[int, asyncio.StreamWriter] = {}
        self._open = asyncio.Event()
        self._open.set()

    async def start(self, port: int) -> int:
        """Listen, on a free port when `port` is 0; returns the port."""
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", port)
        return int(self._server.sockets[0].getsockname()[1])

    def reset(self, upstream: int) -> None:
        """RST to the client whose bytes leave from the local port `upstream`."""
        reset(self._clients[upstream])

    async def cut(self) -> None:
        """RST to every client, and whoever comes is refused."""
        self._server.close()
        for writer in list(self._clients.values()):
            reset(writer)

    async def hold(self, held: bool) -> None:
        """Pass nothing on to clients, until told to again."""
        (self._open.clear if held else self._open.set)()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there, back = await asyncio.open_connection("127.0.0.1", self._port)
        except OSError:
            writer.close()
            return
        port = int(back.get_extra_info("sockname")[1])
        self._clients[port] = writer
        try:
            await asyncio.gather(_pass_on(reader, back), _pass_on(there, writer, self._open))
        finally:
            del self._clients[port]


def reset(writer: asyncio.StreamWriter) -> None:
    """End a connection with RST, as a router or a killed process does."""
    connection = writer.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


class Way:
    """A relay in a thread of its own, which can be cut and mended."""

    def __init__(self, port: int) -> None:
        self._relay = Relay(port)
        self._ended = asyncio.Event()
        begun: Future[asyncio.AbstractEventLoop] = Future()
        self._thread = Thread(target=lambda: asyncio.run(self._run(begun)), name="relay")
        self._thread.start()
        self._loop = begun.result(60)
        self.port: int = self._do(self._relay.start(0))

    async def _run(self, begun: Future[asyncio.AbstractEventLoop]) -> None:
        begun.set_result(asyncio.get_running_loop())
        await self._ended.wait()

    @contextmanager
    def cut(self) -> Iterator[None]:
        self._do(self._relay.cut())
        yield
        self._do(self._relay.start(self.port))

    @contextmanager
    def held(self) -> Iterator[None]:
        self._do(self._relay.hold(True))
        yield
        self._do(self._relay.hold(False))

    def close(self) -> None:
        self._do(self._relay.cut())
        self._loop.call_soon_threadsafe(self._ended.set)
        self._thread.join()

    def _do(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(60)


async def _pass_on(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, may: asyncio.Event | None = None
) -> None:
    try:
        while data := await reader.read(65536):
            if may is not None:
                await may.wait()
            writer.write(data)
            await writer.drain()
    except OSError:
        pass  # either end is gone: closing the other is all there is to do
    finally:
        writer.close()
