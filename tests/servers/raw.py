"""A server that answers each request with the very bytes that a test gives it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

# Bytes, or seconds to wait before what follows.
Piece = bytes | float


@dataclass(frozen=True)
class Request:
    method: str
    target: str
    headers: dict[str, str]
    body: dict[str, Any]


@dataclass(frozen=True)
class Answer:
    """`ends`: the body; else the connection is held open until the client leaves. `head`: in place of one of
    ours, and the pieces are sent as they are.
    """

    pieces: Sequence[Piece]
    status: int = 200
    content_type: str = "text/event-stream"
    headers: dict[str, str] = field(default_factory=dict)
    ends: bool = True
    head: bytes = b""


@dataclass
class Raw:
    """`answer` is asked for each request; what was asked stands in `requests`."""

    answer: Callable[[Request], Answer]
    requests: list[Request] = field(default_factory=list)
    port: int = 0

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            request = await _request(reader)
            self.requests.append(request)
            answer = self.answer(request)
            lines = [f"HTTP/1.1 {answer.status} Told", "Transfer-Encoding: chunked", "Connection: close"]
            headers = {"Content-Type": answer.content_type, **answer.headers}
            lines += [f"{name}: {value}" for name, value in headers.items()]
            writer.write(answer.head or "\r\n".join([*lines, "", ""]).encode())
            for piece in answer.pieces:
                if isinstance(piece, bytes) and answer.head:
                    writer.write(piece)
                    await writer.drain()
                elif isinstance(piece, bytes):
                    writer.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n" if piece else b"")
                    await writer.drain()
                else:
                    await asyncio.sleep(piece)
            if answer.ends:
                writer.write(b"" if answer.head else b"0\r\n\r\n")
                await writer.drain()
            else:
                await reader.read()
        except (OSError, asyncio.IncompleteReadError):
            pass  # the client has left
        finally:
            writer.close()


async def _request(reader: asyncio.StreamReader) -> Request:
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    first, *lines = head.strip().split("\r\n")
    headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    method, target, _ = first.split(" ")
    is_json = "json" in headers.get("content-type", "")
    return Request(method, target, headers, json.loads(body) if is_json else {})


@asynccontextmanager
async def answering(answer: Callable[[Request], Answer] | Answer) -> AsyncIterator[Raw]:
    raw = Raw(answer if callable(answer) else lambda request: answer)
    async with await asyncio.start_server(raw.serve, "127.0.0.1", 0) as server:
        raw.port = server.sockets[0].getsockname()[1]
        yield raw
