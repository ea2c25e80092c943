"""`python -m tests.bench.fast_upstream`: says a text at a rate to many readers at once, and is little work.

Speaks as much of OpenAI's protocol as a stream of text needs; the bytes are those of the stand-in in
tests/servers, which can do more and would be what two hundred readers wait for. Prints its address, and ends
when its stdin closes. The last message says how many chunks and how many a second: `chunks=500,rate=100`.
"""

from __future__ import annotations

import asyncio
import json
import sys
from functools import cache
from itertools import islice

from tests.servers import openai_bodies as bodies
from tests.servers.openai_plan import parse, pieces

HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n"
    b"Transfer-Encoding: chunked\r\nConnection: %s\r\n\r\n"
)


@cache
def script(count: int) -> tuple[bytes, list[bytes], bytes]:
    """What comes at once, each chunk, and the end: parts of a chunked body."""
    says = bodies.Chunks(0, "as-told")
    texts = pieces("lorem", count)
    tail = (*says.tail("stop", 1, texts, usage=True), says.close())
    end = b"".join(map(_part, tail)) + b"0\r\n\r\n"
    return _part(says.head(1)), [_part(says.content(piece)) for piece in texts], end


def _part(body: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(body), body)


class Reader(asyncio.Protocol):
    """One connection. A reader that comes late to a chunk's time gets all that is due in one write."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, blank, body = self._received.partition(b"\r\n\r\n")
        names = dict(one.lower().split(b": ", 1) for one in head.split(b"\r\n")[1:] if b": " in one)
        if not blank or len(body) < int(names.get(b"content-length", 0)):
            return
        self._received = b""
        plan = parse(json.loads(body)["messages"][-1]["content"])
        self._last = names.get(b"connection") == b"close"
        begin, self._parts, self._end = script(plan.chunks)
        self._transport.write(HEAD % (b"close" if self._last else b"keep-alive") + begin)
        self._sent, self._rate, self._began = 0, plan.rate or 1e9, self._loop.time()
        self._write()

    def _write(self) -> None:
        if self._transport.is_closing():
            return
        due = min(len(self._parts), int((self._loop.time() - self._began) * self._rate) + 1)
        if due > self._sent:
            self._transport.write(b"".join(islice(self._parts, self._sent, due)))
            self._sent = due
        if due < len(self._parts):
            self._loop.call_at(self._began + due / self._rate, self._write)
            return
        self._transport.write(self._end)
        if self._last:
            self._transport.close()


async def main() -> None:
    server = await asyncio.get_running_loop().create_server(Reader, "127.0.0.1", 0, backlog=1024)
    host, port = server.sockets[0].getsockname()[:2]
    print(json.dumps({"base_url": f"http://{host}:{port}/v1"}), flush=True)
    await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main())
