"""`/run_stream` where nothing comes for long, and through what gives up or cuts: proxies, line readers."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import Route

from components.http.front_ends import format_of
from components.http.reply import RunStream
from components.http.run_input import RunInput
from components.locale import Words
from components.providers import registry
from components.runs.ask import Ask
from components.runs.lab import Lab
from components.settings import Settings
from tests.app_process import App, free_port
from tests.endpoints.serving import KEY
from tests.http_stream import EVENTS, ask, events, send
from tests.servers.haproxy import haproxy
from tests.servers.nginx import nginx
from tests.servers.openai_api import OpenAIServer
from tests.servers.openai_plan import AS_TOLD

# Seconds, in place of five and fifteen.
SHORT = 0.2
HAPROXY = """
defaults
    mode http
    timeout connect 60s
    timeout client 60s
    timeout server 60s
listen page
    bind "${BIND}"
    server app "${APP}"
"""
NGINX = "client_max_body_size 0; "


@contextmanager
def behind(proxy: str, url: str) -> Iterator[str]:
    if proxy == "haproxy":
        with haproxy(HAPROXY, APP=urlsplit(url).netloc) as there:
            yield there
    elif proxy:
        at_once = "proxy_request_buffering off; proxy_http_version 1.1; " if proxy == "nginx, at once" else ""
        with nginx(f"{NGINX}{at_once}location / {{ proxy_pass {url}; }}") as there:
            yield there
    else:
        yield url


class Brief(RunStream):
    silence = comments = SHORT


@pytest.fixture(scope="module")
def url(openai_server: OpenAIServer) -> Iterator[str]:
    """`RunStream` alone, with short times; its model does what the message says."""
    own = {"OPENAI_BASE_URL": openai_server.base_url, "OPENAI_API_KEY": KEY}
    settings = Settings("openai", AS_TOLD, variables=own)
    lab = Lab(settings, registry(settings))

    async def run_stream(request: Request) -> RunStream:
        asked = Ask((await request.json())["message"], [], lab.first_choice(), "", "stream")
        form = format_of(request, RunInput(asked.message))
        return Brief(lab, asked, Words("en"), form)

    app = Starlette(routes=[Route("/run_stream", run_stream, methods=["POST"])])
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="warning"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            time.sleep(0.01)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()


@pytest.mark.parametrize("proxy", ["", "haproxy", "nginx"])
def test_comments_come_until_the_end(url: str, openai_server: OpenAIServer, proxy: str) -> None:
    """More than one before the text, and between its pieces; also by a proxy, which gives up on silence."""
    with behind(proxy, url) as there:
        response = ask(there, "chunks=2,hold_after=0+1,id=silent", EVENTS)
        assert response.status == 200
        released, told = 0, list[str]()
        for line in (line.decode().rstrip() for line in response):
            if line.startswith((":", "event: ")):
                told.append(line)
            if told[-2:] == [": ping"] * 2 and released == told.count("event: token"):
                openai_server.release("silent")
                released += 1
    assert {*told} == {": ping", "event: token", "event: done"}
    assert (told.count("event: token"), told[-1]) == (2, "event: done")


def test_a_failure_after_the_head_is_the_last_event(url: str, openai_server: OpenAIServer) -> None:
    plan = "chunks=0,hold_after=0,finish=content_filter,id=filtered"
    response = ask(url, plan, EVENTS)
    assert response.status == 200
    openai_server.release("filtered", 2)
    ((name, fault),) = events(response)
    assert (name, fault["kind"]) == ("fault", "content_filter")
    in_text = ask(url, plan, {"Accept": "text/plain"})
    assert (in_text.status, json.loads(in_text.read())["kind"]) == (422, "content_filter")


@pytest.mark.parametrize(
    "said",
    [
        ["Hello\u2028", "World\u2029and\x85more"],
        ["\x0b\x0c\x1c\x1d\x1e", "\x00", "\x7f\x9f\ufeff"],
        ["| A | B |", "\n", "|---|---|", "\n\n", "```\n x\n```", "\r\n", "\r", "data: x\n\nevent: y"],
        ["half \ud83d", " an emoji"],
    ],
)
def test_any_character_comes_as_it_is(app: App, openai_server: OpenAIServer, said: list[str]) -> None:
    openai_server.set("recite")
    text = "".join(said).replace("\ud83d", "\ufffd")
    assert ask(app.url, json.dumps(said)).read().decode() == text
    body = ask(app.url, json.dumps(said), EVENTS).read().decode()
    assert body.splitlines() == body.split("\n")[:-1], "whoever reads lines sees each event in its own"
    sent = [json.loads(line[len("data: ") :]) for line in body.splitlines() if line.startswith("data: ")]
    assert "".join(data["text"] for data in sent[:-1]) == text


@pytest.mark.parametrize(
    ("proxy", "length"),
    [("", 2_000_000), *((proxy, 40_000_000) for proxy in ("", "haproxy", "nginx", "nginx, at once"))],
)
def test_a_large_body_hears_why_it_is_refused(app: App, proxy: str, length: int) -> None:
    """From a client that sends all of it before it listens."""
    with behind(proxy, app.url) as there:
        parts = [b" " * 1_000_000] * (length // 1_000_000)
        for body in (b"".join(parts), parts):  # with its length, and in chunks
            response = send(there, body)
            assert (response.status, json.loads(response.read())["kind"]) == (413, "too_large")
