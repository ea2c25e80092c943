"""Vertex AI's prediction service over REST, on loopback; `vertex_plan` says what it answers.

`python -m tests.servers.vertex_rest --port 0` prints {"event": "ready", "address"} and runs until its stdin
is closed. Then a line a "request", and when it ends one of "cancelled" (the client left), "finished".
`POST /token` is an OAuth token endpoint that refuses everyone.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
from contextlib import suppress
from typing import Any
from urllib.parse import unquote

from tests.servers.relay import reset
from tests.servers.stand_in import say, until_closed
from tests.servers.vertex_plan import Plan, parse, response, whole

Writer = asyncio.StreamWriter
_PATH = re.compile(r"/v1beta1/(projects/[^/]+/locations/[^/]+/publishers/google/models/[^/:]+):(\w+)")


class Service:
    active = 0

    async def connected(self, reader: asyncio.StreamReader, writer: Writer) -> None:
        self.active += 1
        try:
            with suppress(asyncio.IncompleteReadError, OSError):  # the client has closed its end
                await _serve_one(reader, writer)
        finally:
            writer.close()
            self.active -= 1


async def _serve_one(reader: asyncio.StreamReader, writer: Writer) -> None:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").splitlines()
    pairs = (line.partition(":") for line in head[1:-1])
    headers = {key.lower(): value.strip() for key, _, value in pairs}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    await _answer(unquote(head[0].split()[1].partition("?")[0]), headers, body, reader, writer)


async def _answer(
    path: str, headers: dict[str, str], body: bytes, reader: asyncio.StreamReader, writer: Writer
) -> None:
    if path == "/token":
        say("token")
        return await _reply(writer, 400, {"error": "invalid_grant", "error_description": "account not found"})
    match = _PATH.fullmatch(path)
    if match is None:
        return await _reply(writer, 404, {"error": {"code": 404, "message": f"no such path: {path}"}})
    say("request", path=path, headers=headers, body=json.loads(body))
    plan = parse(match[1])
    send = asyncio.create_task((_stream if match[2].startswith("stream") else _whole)(plan, writer))
    # A connection carries one request, so what comes after it can only be the connection's end.
    left = asyncio.create_task(reader.read())
    await asyncio.wait({send, left}, return_when=asyncio.FIRST_COMPLETED)
    gone = left.done()
    for task in (send, left):
        task.cancel()
    with suppress(asyncio.CancelledError, OSError):
        await send
    with suppress(asyncio.CancelledError, OSError):
        await left
    say("cancelled" if gone else "finished")
    return None


async def _stream(plan: Plan, writer: Writer) -> None:
    started = False
    for chunk in range(plan.chunks):
        await asyncio.sleep(plan.delay(chunk))
        name = plan.happens(chunk)
        if name == "status" and not started:
            return await _refuse(plan, writer)
        if not started and not (name == "stall" and chunk == 0):
            writer.write(_head(200, {"Transfer-Encoding": "chunked"}))
            started = True
        if name == "malformed":
            await _send(writer, ',\r\n{"candidates": [broken]}')
        elif name and name != "error":  # an error is an element like the others
            await _go_wrong(name, writer)
        else:
            await _send(writer, ("," if chunk else "[") + json.dumps(response(plan, chunk)) + "\r\n")
    await _send(writer, "]")
    await _send(writer, "")
    return None


async def _whole(plan: Plan, writer: Writer) -> None:
    await asyncio.sleep(plan.first)
    for chunk in range(plan.chunks):
        name = plan.happens(chunk)
        if name == "status":
            return await _refuse(plan, writer)
        if name == "malformed":
            return await _reply(writer, 200, "broken")
        if name:
            await _go_wrong(name, writer)
    return await _reply(writer, 200, whole(plan))


async def _go_wrong(name: str, writer: Writer) -> None:
    if name == "drop":
        reset(writer)
    await asyncio.Event().wait()  # until the client hangs up


async def _send(writer: Writer, text: str) -> None:
    data = text.encode()
    writer.write(b"%x\r\n%b\r\n" % (len(data), data))
    await writer.drain()


async def _refuse(plan: Plan, writer: Writer) -> None:
    error: dict[str, Any] = {"code": plan.status, "message": f"made to fail with {plan.status}"}
    headers = {}
    if plan.retry:
        retry = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": f"{plan.retry:g}s"}
        error["details"] = [retry]
        headers["Retry-After"] = f"{plan.retry:g}"
    await _reply(writer, plan.status, {"error": error}, headers)


async def _reply(writer: Writer, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
    data = body.encode() if body == "broken" else json.dumps(body).encode()
    writer.write(_head(status, {"Content-Length": str(len(data)), **(headers or {})}) + data)
    await writer.drain()


def _head(status: int, headers: dict[str, str]) -> bytes:
    headers = {"Content-Type": "application/json; charset=UTF-8", "Connection": "close", **headers}
    lines = [f"HTTP/1.1 {status} Planned", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode()


async def serve(port: int) -> None:
    service = Service()
    server = await asyncio.start_server(service.connected, "127.0.0.1", port)
    say("ready", address=f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    await until_closed(lambda: service.active > 0)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Vertex AI over REST, on loopback")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    asyncio.run(serve(parser.parse_args().port))
