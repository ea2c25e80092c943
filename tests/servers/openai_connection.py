"""HTTP/1.1 on asyncio streams, with the bytes and the endings in our own hands."""

from __future__ import annotations

import asyncio
import socket
import struct
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(slots=True)
class Entry:
    """What the log keeps of a request. Times are `time.monotonic()`, which processes share on one machine.

    `closed` is when the client's end was seen closed; `finished` when the reply was whole. A client that
    left in mid-reply has the first without the second.
    """

    id: int
    method: str
    path: str
    headers: dict[str, str]
    body: Any
    received: float
    first_byte: float | None = None
    last_chunk: float | None = None
    finished: float | None = None
    closed: float | None = None
    chunks: int = 0
    model: str | None = None

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(slots=True)
class Connection:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    entry: Entry | None = None
    chunked: bool = False
    _received: bytearray = field(default_factory=bytearray)

    def __post_init__(self) -> None:
        # `drain` then returns once the kernel has the bytes, so counts and endings mean what they say.
        self.writer.transport.set_write_buffer_limits(high=0)

    async def receive(self) -> bool:
        """Take what the client sent; False when it has closed its end, which is written down."""
        try:
            data = await self.reader.read(65536)
        except OSError:
            data = b""
        self._received += data
        if not data and self.entry is not None and self.entry.closed is None:
            self.entry.closed = time.monotonic()
        return bool(data)

    async def closing(self) -> None:
        """Return when the client has closed its end."""
        while await self.receive():
            pass

    async def request(self) -> tuple[str, str, dict[str, str], bytes] | None:
        """Method, path, headers (names in lower case) and body; None when there is no other request."""
        while (end := self._received.find(b"\r\n\r\n")) < 0:
            if not await self.receive():
                return None
        first, *lines = bytes(self._received[:end]).decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        total = end + 4 + int(headers.get("content-length", 0))
        while len(self._received) < total:
            if not await self.receive():
                return None
        body = bytes(self._received[end + 4 : total])
        del self._received[:total]
        method, path, _ = first.split(" ", 2)
        return method, path, headers, body

    async def head(self, status: int, headers: Mapping[str, str]) -> None:
        lines = [f"HTTP/1.1 {status} Stand-in", *(f"{name}: {value}" for name, value in headers.items())]
        await self.send("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n")

    async def body(self, data: bytes) -> None:
        """A part of the body, framed as the head promised."""
        await self.send(b"%x\r\n%s\r\n" % (len(data), data) if self.chunked else data)

    async def send(self, data: bytes) -> None:
        if self.entry is not None and self.entry.first_byte is None:
            self.entry.first_byte = time.monotonic()
        self.writer.write(data)
        await self.writer.drain()
        await asyncio.sleep(
            0
        )  # a drain that needn't wait doesn't yield, and the client's end is to be watched

    def reset(self) -> None:
        """End with RST instead of FIN."""
        sock: socket.socket = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()
