"""Over TLS, as OpenAI itself is reached: Stop closes such a connection as well."""

from __future__ import annotations

import asyncio
import json
import os
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from components.settings import METHODS
from tests.servers.certificate import make

# A process of its own, because a process loads its certificates once. It lives on until its input ends, so
# that no connection is closed just because it ended.
STOP_EACH = """
import asyncio, json, sys
from components.settings import METHODS
from components.streaming import Stop
from tests.runs import collect, openai

async def read(method):
    stop = Stop()
    if method == "invoke":
        asyncio.get_running_loop().call_later(1, stop.set)
    got = await collect(
        openai(sys.argv[1], "gpt"), method, stop=stop, seen=lambda frame: frame.text and stop.set()
    )
    print(json.dumps([got.report.verdict, got.text, got.report.closed_after]), flush=True)

for method in METHODS:
    asyncio.run(read(method))
sys.stdin.read()
"""

EVENT = b'data: {"id":"1","object":"chat.completion.chunk","created":1,"model":"gpt","choices":'
EVENT += b'[{"index":0,"delta":{"role":"assistant","content":"one "},"finish_reason":null}]}\n\n'


@asynccontextmanager
async def stalling(folder: Path, left: asyncio.Queue[None]) -> AsyncIterator[str]:
    """A base URL whose server sends one chunk and waits; `left` gets an item at each client's end."""
    made = make(folder)
    (folder / "chain.pem").write_bytes(made.chain + made.key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "chain.pem")

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n" + EVENT)
            while await reader.read(65536):
                pass
        except OSError:
            pass
        left.put_nowait(None)
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context) as server:
        yield f"https://localhost:{server.sockets[0].getsockname()[1]}/v1"


@pytest.mark.slow
async def test_stop_over_tls(tmp_path: Path) -> None:
    left: asyncio.Queue[None] = asyncio.Queue()
    async with stalling(tmp_path, left) as base_url:
        environ = {**os.environ, "SSL_CERT_FILE": str(tmp_path / "roots.pem")}
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", STOP_EACH, base_url),
            cwd=Path(__file__).parents[1],
            env=environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert process.stdout is not None
        for method in METHODS:
            verdict, text, closed_after = json.loads(await process.stdout.readline())
            print(f"{method}: {closed_after * 1000:.1f} ms")
            # `invoke` too, whose text had come by then on most machines: it is sent a stream, asked or not.
            assert (verdict, text) in [("stopped", "one "), ("stopped", "")][: 1 + (method == "invoke")]
            await asyncio.wait_for(left.get(), 60)
            assert left.empty()
        assert process.returncode is None
        await process.communicate(b"")
        assert process.returncode == 0
