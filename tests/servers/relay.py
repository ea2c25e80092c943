"""TCP passed on, so that a connection can be reset beneath a server that offers no such thing."""

from __future__ import annotations

import asyncio
import socket
import struct


class Relay:
    """Listens on loopback and passes each connection on to `port`."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._clients: dict[int, asyncio.StreamWriter] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self, port: int) -> int:
        """Listen, on a free port when `port` is 0; returns the port."""
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", port)
        return int(self._server.sockets[0].getsockname()[1])

    def reset(self, upstream: int) -> None:
        """RST to the client whose bytes leave from the local port `upstream`."""
        reset(self._clients[upstream])

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there, back = await asyncio.open_connection("127.0.0.1", self._port)
        except OSError:
            writer.close()
            return
        port = int(back.get_extra_info("sockname")[1])
        self._clients[port] = writer
        try:
            await asyncio.gather(_pass_on(reader, back), _pass_on(there, writer))
        finally:
            del self._clients[port]


def reset(writer: asyncio.StreamWriter) -> None:
    """End a connection with RST, as a router or a killed process does."""
    connection = writer.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except OSError:
        pass  # either end is gone: closing the other is all there is to do
    finally:
        writer.close()
