"""The OpenAI stand-in, read as bytes."""

from __future__ import annotations

import json
import re
import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.servers.openai_api import OpenAIServer
from tests.servers.openai_plan import pieces


@pytest.fixture(scope="module")
def server() -> Iterator[OpenAIServer]:
    with OpenAIServer() as server:
        yield server


def post(model: str, **more: Any) -> bytes:
    body = {"model": model, "stream": True, "messages": [{"role": "user", "content": "Hi"}], **more}
    return request("POST /v1/chat/completions", json.dumps(body).encode())


def request(route: str, body: bytes = b"") -> bytes:
    head = (
        f"{route} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer sk-good\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def connect(server: OpenAIServer) -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.port), timeout=60)


def until(sock: socket.socket, end: bytes, received: bytearray | None = None) -> bytes:
    """Read to `end`, or to the connection's; `received` keeps what came before an error."""
    received = bytearray() if received is None else received
    while not received.endswith(end) and (data := sock.recv(1 << 20)):
        received += data
    return bytes(received)


def ask(server: OpenAIServer, sent: bytes, end: bytes = b"\r\n0\r\n\r\n") -> bytes:
    with connect(server) as sock:
        sock.sendall(sent)
        return until(sock, end)


def unchunk(reply: bytes) -> tuple[list[bytes], list[Any]]:
    """A chunked reply's HTTP chunks, and the SSE data they add up to."""
    head, _, rest = reply.partition(b"\r\n\r\n")
    assert b"Transfer-Encoding: chunked" in head
    parts: list[bytes] = []
    while rest:
        size, _, rest = rest.partition(b"\r\n")
        parts.append(rest[: int(size, 16)])
        rest = rest[int(size, 16) + 2 :]
    lines = re.findall(r"data: (.*)\n\n", b"".join(parts).decode())
    assert lines[-1] == "[DONE]"
    return parts, [json.loads(line) for line in lines[:-1]]


def test_a_stream_has_openai_s_events_in_their_order(server: OpenAIServer) -> None:
    _, events = unchunk(ask(server, post("chunks=3", stream_options={"include_usage": True})))
    deltas = [event["choices"][0]["delta"] for event in events[:-1]]
    assert deltas[0]["role"] == "assistant"
    assert [delta["content"] for delta in deltas[1:4]] == pieces("lorem", 3)
    assert deltas[4] == {}
    assert [event["choices"][0]["finish_reason"] for event in events[:-1]] == [None] * 4 + ["stop"]
    assert events[-1]["choices"] == []
    assert events[-1]["usage"]["completion_tokens"] == 3
    assert len({event["id"] for event in events}) == 1


def test_usage_comes_only_when_asked_for(server: OpenAIServer) -> None:
    _, without = unchunk(ask(server, post("chunks=3")))
    assert not any("usage" in event for event in without)
    _, unasked = unchunk(ask(server, post("chunks=3,echo_usage")))
    assert unasked[-1]["usage"]["total_tokens"] > 3


def test_bytewise_cuts_characters_and_lines(server: OpenAIServer) -> None:
    parts, events = unchunk(ask(server, post("bytewise,text=emoji,chunks=5")))
    assert {len(part) for part in parts} == {0, 1}
    contents = [event["choices"][0]["delta"].get("content", "") for event in events]
    assert "".join(contents) == "".join(pieces("emoji", 5))


@pytest.mark.parametrize(
    ("model", "headers"),
    [("drop_after=5", b"chunked"), ("truncate_after=5", b"chunked"), ("close_after=5", b"Connection: close")],
)
def test_each_early_end_is_what_it_says(server: OpenAIServer, model: str, headers: bytes) -> None:
    with connect(server) as sock:
        sock.sendall(post(model))
        received = bytearray()
        if model.startswith("drop"):
            with pytest.raises(ConnectionResetError):
                until(sock, b"never", received)
        else:
            until(sock, b"never", received)
    assert headers in received
    assert received.count(b'"content": "') == 6  # the role's, and five
    assert b"[DONE]" not in received
    assert not received.endswith(b"0\r\n\r\n")


def test_one_connection_takes_one_request_after_another(server: OpenAIServer) -> None:
    with connect(server) as sock:
        for route, status in (("GET /v1/models", b"200"), ("GET /v2/models", b"404")):
            sock.sendall(request(route))
            assert status in until(sock, b"}").splitlines()[0]
        sock.sendall(request("POST /v1/chat/completions", b"{broken"))
        assert b"could not parse the JSON" in until(sock, b"}")
        for _ in range(2):
            sock.sendall(post("chunks=2"))
            assert len(unchunk(until(sock, b"\r\n0\r\n\r\n"))[1]) == 4


def test_the_log_says_what_came_and_when(server: OpenAIServer) -> None:
    server.reset()
    sent = time.monotonic()
    ask(server, post("chunks=10,first=0.1,id=log", max_tokens=4))
    entry = server.wait_for(lambda entry: entry.closed is not None)
    assert [e.id for e in server.requests()] == [entry.id]
    assert (entry.path, entry.headers["authorization"]) == ("/v1/chat/completions", "Bearer sk-good")
    assert (entry.body["max_tokens"], entry.chunks) == (4, 4)
    times = [sent, entry.received, entry.first_byte, entry.last_chunk, entry.finished, entry.closed]
    known = [moment for moment in times if moment is not None]
    assert len(known) == len(times)
    assert known == sorted(known)
    assert known[2] - known[1] >= 0.1


def test_many_at_once(server: OpenAIServer) -> None:
    assert ask(server, post("chunks=50000")).count(b"\ndata: ") >= 50_000


def test_a_client_that_stops_reading_holds_the_server_back(server: OpenAIServer) -> None:
    with connect(server) as sock:
        sock.sendall(post("chunks=200000,id=full"))
        sock.recv(1000)
        stuck = server.wait_for(lambda entry: entry.chunks > 0, "chunks=200000,id=full")
        assert stuck.chunks < 200_000
    entry = server.wait_for(lambda entry: entry.closed is not None, "chunks=200000,id=full")
    assert entry.finished is None
    assert entry.chunks < 200_000


def test_it_ends_with_its_stdin_and_says_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    with OpenAIServer() as server, connect(server) as sock:
        sock.sendall(post("stall_after=2"))
        server.wait_for(lambda entry: entry.chunks == 2)
        port = server.port
    assert server.returncode == 0
    assert capfd.readouterr().err == ""
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=5)
