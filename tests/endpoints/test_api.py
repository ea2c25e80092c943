"""`/run_stream` and `/healthz` as a client sees them, over a socket."""

from __future__ import annotations

import gzip
import http.client
import json
import signal
import socket
import time
from collections.abc import Mapping
from contextlib import ExitStack
from typing import get_args
from urllib.parse import quote, urlsplit

import pytest

from components.http.refusal import STATUSES
from components.locale import LANGUAGES, Words
from components.settings import Settings
from components.streaming.error_kind import Kind
from tests.app_process import App, running
from tests.endpoints.growing import HELD, releasing
from tests.endpoints.serving import KEY
from tests.http_stream import EVENTS, ask, events, get, pieces, send
from tests.raw_http import request
from tests.servers.openai_api import OpenAIServer
from tests.servers.openai_connection import Entry
from tests.servers.openai_plan import AS_SET, AS_TOLD, ENDLESS, parse
from tests.servers.openai_plan import pieces as planned

STREAMS = Settings().streams


@pytest.fixture(scope="module")
def app(app: App, openai_server: OpenAIServer) -> App:
    """Its model does what the message says."""
    openai_server.set(AS_TOLD)
    return app


def text_of(plan: str) -> str:
    return "".join(planned("lorem", parse(plan).chunks))


def received(server: OpenAIServer, plan: str) -> list[Entry]:
    """The upstream's requests for this plan."""
    return [entry for entry in server.requests(AS_SET) if entry.body["messages"][-1]["content"] == plan]


def upstream(server: OpenAIServer, plan: str, *, closed: bool = False) -> Entry:
    """The upstream's request for this plan, once it is there, or once its client has left."""
    return server.wait_for(
        lambda entry: (
            entry.body["messages"][-1]["content"] == plan and (entry.closed is not None or not closed)
        ),
        AS_SET,
    )


def test_text_comes_while_the_model_writes(app: App, openai_server: OpenAIServer) -> None:
    plan = f"chunks=60,{HELD},id=grows"
    response = ask(app.url, plan)
    assert response.status == 200
    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
    arrived = list(releasing(pieces(response), openai_server, "grows"))
    assert "".join(arrived) == text_of(plan)
    assert len(arrived) > 3


def test_the_query_is_as_good_as_a_body(app: App) -> None:
    for body, kind in ((b"", "application/json"), (b"", "application/x-www-form-urlencoded")):
        path = f"/run_stream?message={quote('chunks=7')}"
        assert send(app.url, body, {"Content-Type": kind}, path=path).read().decode() == text_of("chunks=7")


def test_server_sent_events(app: App, openai_server: OpenAIServer) -> None:
    plan = f"chunks=60,{HELD},id=events"
    response = ask(app.url, plan, {"Accept": "text/html, text/event-stream;q=0.9"})
    assert response.status == 200
    assert response.headers["Content-Type"] == "text/event-stream; charset=utf-8"
    *tokens, (name, done) = releasing(events(response), openai_server, "events")
    assert {name for name, _ in tokens} == {"token"}
    assert len(tokens) > 3
    assert "".join(data["text"] for _, data in tokens) == text_of(plan)
    assert name == "done"
    assert (done["verdict"], done["finish_reason"], done["method"]) == ("streamed", "stop", "stream")
    assert done["characters"] == len(text_of(plan))
    assert done["output_tokens"] == 60
    assert 0 < done["first_token"] < done["seconds"]
    for accepted in ("text/event-stream;q=0, */*", "text/event-streams", "text/event-stream; q=0.0"):
        response = ask(app.url, "chunks=3", {"Accept": accepted})
        assert response.read().decode() == text_of("chunks=3")


@pytest.mark.parametrize("plan", ["chunks=6,text=emoji", "chunks=6,text=rtl", "chunks=9,text=markdown"])
def test_any_text_comes_whole(app: App, plan: str) -> None:
    text = "".join(planned(parse(plan).text, parse(plan).chunks))
    assert ask(app.url, plan).read().decode() == text
    tokens = [data["text"] for name, data in events(ask(app.url, plan, EVENTS)) if name == "token"]
    assert "".join(tokens) == text


@pytest.mark.parametrize(
    ("message", "status", "kind"),
    [
        ("401", 502, "unauthorized"),
        ("403", 502, "forbidden"),
        ("404", 502, "not_found"),
        ("400", 502, "bad_request"),
        ("429,retry_after=60", 429, "rate_limited"),
        ("429,retry_after=inf", 429, "rate_limited"),
        ("context_overflow", 413, "too_long"),
        ("chunks=0,finish=content_filter", 422, "content_filter"),
        ("   ", 400, "empty_message"),
        ("\ud800", 200, ""),
    ],
)
def test_what_fails_before_the_text_has_a_status(app: App, message: str, status: int, kind: str) -> None:
    for headers in ({}, EVENTS):
        response = ask(app.url, message, headers)
        assert response.status == status
        if not kind:
            assert response.read()
            continue
        assert response.headers["Content-Type"] == "application/json"
        # A header that is no time gives way to the provider's words: "try again in 1s".
        wait = {"429,retry_after=60": "60", "429,retry_after=inf": "1"}.get(message)
        assert response.headers["Retry-After"] == wait
        told = response.read().decode()
        fault = json.loads(told)
        assert fault["kind"] == kind
        assert fault["message"]
        assert fault["do"]
        assert KEY not in told
        assert "tab" not in fault["do"]


def test_words_are_in_the_language_that_is_asked_for(app: App) -> None:
    told = json.loads(ask(app.url, " ", {"Accept-Language": "ja"}).read())
    assert told["message"] == Words("ja")("fault_empty_message")


@pytest.mark.parametrize(
    ("ending", "kind"),
    [("drop_after=5", "dropped"), ("close_after=5", "cut_off"), ("malformed_after=5", "malformed")],
)
def test_what_fails_after_the_text_is_to_be_seen(
    app: App, openai_server: OpenAIServer, ending: str, kind: str
) -> None:
    plan = f"chunks=10,hold_after=2,{ending},id=fails"
    openai_server.release("fails")
    response = ask(app.url, plan)
    assert response.status == 200
    with pytest.raises(http.client.IncompleteRead) as broken:
        response.read()
    assert text_of(plan).startswith(broken.value.partial.decode())

    # Without chunks the end of the connection is the text's end, unless it breaks: nginx asks so.
    openai_server.release("fails")
    sent = json.dumps({"message": plan}).encode()
    with socket.create_connection(("127.0.0.1", urlsplit(app.url).port or 0), timeout=60) as client:
        client.sendall(head({"Content-Length": str(len(sent))}).replace(b"HTTP/1.1", b"HTTP/1.0") + sent)
        with pytest.raises(ConnectionResetError):
            b"".join(iter(lambda: client.recv(65536), b""))

    *tokens, (name, fault) = releasing(events(ask(app.url, plan, EVENTS)), openai_server, "fails")
    assert len(tokens) > 1
    assert name == "fault"
    assert fault["kind"] == kind
    assert fault["message"]
    assert fault["do"]


@pytest.mark.parametrize(
    "plan",
    [f"{ENDLESS},id=left", "stall_after=3,id=left", "stall_first,id=left"],
)
def test_who_leaves_closes_the_upstream(app: App, openai_server: OpenAIServer, plan: str) -> None:
    with socket.create_connection(("127.0.0.1", urlsplit(app.url).port or 0), timeout=60) as client:
        body = json.dumps({"message": plan}).encode()
        client.sendall(head({"Content-Length": str(len(body))}) + body)
        if "stall_first" in plan:
            upstream(openai_server, plan)
        else:
            assert client.recv(65536).startswith(b"HTTP/1.1 200 ")
    assert upstream(openai_server, plan, closed=True).finished is None


def head(headers: Mapping[str, str]) -> bytes:
    lines = {"Host": "127.0.0.1", "Content-Type": "application/json", **headers}
    return "\r\n".join(
        ["POST /run_stream HTTP/1.1", *(f"{name}: {value}" for name, value in lines.items()), "\r\n"]
    ).encode()


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"", "no_message", 400),
        (b"{}", "no_message", 400),
        (b"[]", "no_message", 400),
        (b'{"message": null}', "no_message", 400),
        (b'{"message": ""}', "empty_message", 400),
        (b'{"message": 7}', "message_no_string", 422),
        (b'{"message": ["hi"]}', "message_no_string", 422),
        (b"hi", "not_json", 400),
        (b'{"message": "\xff"}', "not_json", 400),
        (gzip.compress(b'{"message": "hi"}', mtime=0), "compressed", 415),
        (b"[" * 200_000, "not_json", 400),
    ],
)
def test_a_body_that_cannot_be_used(app: App, body: bytes, kind: str, status: int) -> None:
    response = send(app.url, body, {"Content-Encoding": "gzip"} if kind == "compressed" else {})
    told = json.loads(response.read())
    assert (response.status, told["kind"]) == (status, kind)
    assert told["message"].count(".") == 1


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""]
)
def test_a_body_of_another_type(app: App, kind: str) -> None:
    response = send(app.url, b'{"message": "hi"}', {"Content-Type": kind})
    assert (response.status, json.loads(response.read())["kind"]) == (415, "not_application_json")


@pytest.mark.parametrize("chunked", [False, True])
def test_a_large_body_is_not_read_to_its_end(app: App, chunked: bool) -> None:
    sent = 0
    with socket.create_connection(("127.0.0.1", urlsplit(app.url).port or 0), timeout=60) as client:
        length = {"Transfer-Encoding": "chunked"} if chunked else {"Content-Length": "50000000"}
        client.sendall(head(length))
        while chunked and sent <= 1_000_000:
            client.sendall(b"10000\r\n" + b" " * 0x10000 + b"\r\n")
            sent += 0x10000
        with http.client.HTTPResponse(client) as response:
            response.begin()
            assert response.status == 413
            assert json.loads(response.read())["kind"] == "too_large"


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://elsewhere.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:9"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site", "Origin": "http://127.0.0.1"},
    ],
)
def test_pages_of_other_sites_start_nothing(
    app: App, openai_server: OpenAIServer, headers: dict[str, str]
) -> None:
    plan = "chunks=3,id=cross-site"
    path = f"/run_stream?message={quote(plan)}"  # what a form elsewhere could send without asking first
    response = send(app.url, b"", headers, path=path)
    assert (response.status, json.loads(response.read())["kind"]) == (403, "cross_site")
    assert "Access-Control-Allow-Origin" not in response.headers or "127.0.0.1" in headers["Origin"]
    assert received(openai_server, plan) == []


def test_the_page_of_this_server_may(app: App) -> None:
    for headers in ({"Origin": app.url}, {"Sec-Fetch-Site": "same-origin", "Origin": app.url}):
        assert ask(app.url, "chunks=3", headers).read().decode() == text_of("chunks=3")


def test_there_is_an_end_to_how_many_it_serves(app: App, openai_server: OpenAIServer) -> None:
    plan = "stall_first,id=crowd"
    body = json.dumps({"message": plan}).encode()
    with ExitStack() as crowd:
        for _ in range(STREAMS):
            address = ("127.0.0.1", urlsplit(app.url).port or 0)
            client = crowd.enter_context(socket.create_connection(address, timeout=60))
            client.sendall(head({"Content-Length": str(len(body))}) + body)
        deadline = time.monotonic() + 60
        while len(received(openai_server, plan)) < STREAMS:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        response = ask(app.url, "chunks=3")
        assert (response.status, json.load(response)["kind"]) == (503, "busy")
        assert response.headers["Retry-After"] == "1"
    deadline = time.monotonic() + 60
    while (response := ask(app.url, "chunks=3")).status != 200:
        response.read()
        assert time.monotonic() < deadline
    assert response.read().decode() == text_of("chunks=3")


def test_every_status_is_of_a_kind_there_is() -> None:
    told = {key.removeprefix("refused_") for key in LANGUAGES["en"] if key.startswith("refused_")}
    assert {*STATUSES} <= told | {*get_args(Kind)}


def test_openapi_lists_both_and_no_key_is_an_input(app: App) -> None:
    paths = get(app.url, "/openapi.json")[1]["paths"]
    stream = paths["/run_stream"]["post"]
    assert [parameter["name"] for parameter in stream["parameters"]] == ["message", "format"]
    schema = stream["requestBody"]["content"]["application/json"]["schema"]
    assert list(schema["properties"]) == ["message", "messages"]
    assert set(stream["responses"]["200"]["content"]) == {"text/plain", "text/event-stream"}
    assert {"400", "413", "415", "429", "502", "503"} <= set(stream["responses"])
    assert set(paths["/healthz"]["get"]["responses"]) >= {"200", "503"}
    assert get(app.url, "/run_stream")[0] == 405
    # As it is asked: a redirection would name the address that a proxy has it at.
    assert send(app.url, b"", path="/run_stream/?message=chunks%3D7").read().decode() == text_of("chunks=7")
    assert get(app.url, "/healthz/")[0] == 200
    assert request(app.url, "HEAD /healthz", "Host: localhost")[::2] == (200, "")


def test_the_server_ends_in_mid_stream(openai_server: OpenAIServer) -> None:
    upstream = {"OPENAI_BASE_URL": openai_server.base_url, "OPENAI_API_KEY": KEY}
    with running(PROVIDER="openai", MODEL=f"{ENDLESS},id=ending", **upstream) as app:
        status, health = get(app.url, "/healthz")
        assert status == 200
        assert (health["ready"], health["provider"]) == (True, "openai")
        assert health["providers"]["openai"] == health["providers"]["scripted"] == {"state": "ready"}
        # It is told of once the page is served.
        while (local := get(app.url, "/healthz")[1]["providers"]["local"])["state"] == "loading":
            time.sleep(0.05)
        assert local == {"state": "failed", "kind": "weights_missing"}

        shown = events(ask(app.url, "hello", EVENTS))
        assert next(shown)[0] == "token"
        app.process.send_signal(signal.SIGTERM)
        name, told = list(shown)[-1]
        assert (name, told["kind"]) == ("fault", "ending")
        assert app.ended() == 0
        assert "Traceback" not in app.log()


def test_a_provider_that_lacks_its_key() -> None:
    with running(PROVIDER="openai") as app:
        status, health = get(app.url, "/healthz")
        assert status == 503
        assert health["ready"] is False
        assert health["providers"]["openai"] == {"state": "missing", "missing": ["api_key"]}

        # One who leaves in mid-request is no error of the server's.
        for path in (b"/run_stream", b"/gradio_api/queue/join"):
            address = ("127.0.0.1", urlsplit(app.url).port or 0)
            with socket.create_connection(address, timeout=60) as client:
                begun = head({"Content-Length": "100"}).replace(b"/run_stream", path)
                client.sendall(begun + b'{"message": ')
                client.shutdown(socket.SHUT_WR)
                assert client.recv(1) == b""
        assert get(app.url, "/healthz")[0] == 503
        assert "Traceback" not in app.log()

        response = ask(app.url, "hello")
        told = json.load(response)
        assert (response.status, told["kind"]) == (503, "missing")
        assert told["do"] == "openai needs OPENAI_API_KEY, in the environment or in .env."
        # What a caller did wrong, or the owner has yet to do, is logged as that.
        assert json.load(ask(app.url, " "))["kind"] == "empty_message"
        assert "Traceback" not in app.log()
