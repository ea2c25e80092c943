"""What no route gives away, however it is asked; bodies that are too large; readers that are too slow."""

from __future__ import annotations

import asyncio
import http.client
import json
import socket
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
import psutil
import pytest

from components.http.gate import LONGEST, LONGEST_UPLOAD
from components.locale import Words
from components.providers import registry
from components.runs.ask import Ask
from components.runs.lab import Lab
from components.settings import Settings
from tests.app_process import ROOT, App
from tests.endpoints.serving import KEY as PLANTED
from tests.http_stream import ask, get, send
from tests.servers.openai_api import OpenAIServer
from tests.servers.openai_connection import Entry
from tests.servers.openai_plan import AS_TOLD, pieces
from tests.visitors import Served

FIFTY = 50_000_000
PART = b"x" * 1_000_000


@pytest.fixture(scope="module")
def app(app: App, temp: Path, openai_server: OpenAIServer) -> App:
    """Its model does what the message says. Where it keeps its own lie an account's file and weights."""
    (temp / "account.json").write_text(json.dumps({"private_key": PLANTED}))
    (temp / "weights.gguf").write_text(PLANTED)
    openai_server.set(AS_TOLD)
    return app


def fetched(app: App, path: str) -> tuple[int, bytes]:
    """With the path as it is: no client puts its dots right."""
    connection = http.client.HTTPConnection(urlsplit(app.url).netloc, timeout=60)
    connection.putrequest("GET", path, skip_accept_encoding=True)
    connection.putheader("Connection", "close")
    connection.endheaders()
    with connection.getresponse() as response:
        return response.status, response.read()


UP = "../" * 12
# {plain}: the file's path without its first slash; {up}: dots that go to the root, and some more.
ROUTES = (
    "/gradio_api/file=/{plain}",
    "/gradio_api/file={up}{plain}",
    "/gradio_api/file=//{plain}",
    "/gradio_api/file=file:///{plain}",
    "/gradio_api/file/{plain}",
    "/gradio_api/file/%2f{plain}",
    "/static/{up}{plain}",
    "/static//{plain}",
    "/static/file:///{plain}",
    "/assets/{up}{plain}",
    "/assets//{plain}",
    "/svelte/{up}{plain}",
    "/theme.css/{up}{plain}",
    "/pwa_icon/{up}{plain}",
    "/{up}{plain}",
    "//{plain}",
    "/gradio_api/custom_component/{up}{plain}/client/component/index.js",
    "/gradio_api/custom_component/x/client/component/{up}{plain}",
    "/gradio_api/stream/{up}{plain}/1/1/playlist-file",
    "/gradio_api/proxy=file:///{plain}",
    "/gradio_api/upload_progress?upload_id={up}{plain}",
    "/config?deep_link={up}{plain}",
    "/?deep_link={up}{plain}",
    "/gradio_api/info?all_endpoints={up}{plain}",
    "/monitoring/{up}{plain}",
)


def spelled(path: str) -> set[str]:
    """The same in all the ways that a server may undo once too often."""
    if UP not in path or "?" in path:
        return {path}
    dots = path.replace("../", "%2e%2e%2f")
    return {
        path,
        dots,
        dots.replace("%", "%25"),
        path.replace("../", "..%2f"),
        path.replace("../", "..%5c"),
        path.replace("../", "..\\"),
        path.replace("../", "....//"),
        path.replace("../", "..%c0%af"),
    }


def test_no_route_gives_a_file_away(app: App, temp: Path) -> None:
    files = {
        Path("/etc/passwd"): b"root:",
        Path("/proc/self/environ"): b"OPENAI_BASE_URL=",
        ROOT / "requirements.txt": b"gradio==",
        ROOT / "app.py": b"def main",
        app.temp / ".env": PLANTED.encode(),
        temp / "account.json": PLANTED.encode(),
        temp / "weights.gguf": PLANTED.encode(),
    }
    asked = 0
    for file, content in files.items():
        assert content in file.read_bytes() or file.name == "environ"
        for route in ROUTES:
            if "?" in route and file.name != "passwd":
                continue  # no path in these, and long answers
            whole = route.format(plain=quote(str(file).lstrip("/")), up=UP)
            for path in spelled(whole) if file.name == ".env" else {whole}:
                status, body = fetched(app, path)
                asked += 1
                assert content not in body, path
                assert status < 500, path
    print(f"{asked} requests")
    # Its own files are there.
    assert fetched(app, "/theme.css")[0] == 200
    assert fetched(app, "/static/img/logo.svg")[0] == 200


def test_nothing_is_fetched_for_anyone(app: App, openai_server: OpenAIServer) -> None:
    before = len(openai_server.requests())
    for url in (f"{openai_server.address}/x", "https://example.com/", "HTTP://example.com/"):
        for route in ("file=", "file/", "proxy="):
            status, _ = fetched(app, f"/gradio_api/{route}{url}")
            assert status in {403, 404}, (route, url)
    for name in ("chat", "lesson"):  # nor as the file that a program sends in place of a text
        file = {"path": "http://192.0.2.1/x", "meta": {"_type": "gradio.FileData"}}
        body = json.dumps({"data": [file], "session_hash": name}).encode()
        number = json.load(send(app.url, body, path=f"/gradio_api/call/{name}"))["event_id"]
        _, told = fetched(app, f"/gradio_api/call/{name}/{number}")
        assert "does not offer that" in told.decode()
    assert len(openai_server.requests()) == before


def test_what_is_not_there_is_said(app: App) -> None:
    """And logged as nobody's failure."""
    given: dict[str, Any] = {"data": [], "session_hash": "x"}
    failures = app.log().count("Traceback")
    for path, number in (
        *(("queue/join", 9999), ("queue/join", -1), ("run/predict", 9999)),
        *(("run/predict", None), ("run/none", None), ("call/none", None)),
    ):
        body = json.dumps({**given, "fn_index": number}).encode()
        assert send(app.url, body, path=f"/gradio_api/{path}").status in {400, 404}
    server = json.dumps({**given, "component_id": 9999, "fn_name": "x"}).encode()
    assert send(app.url, server, path="/gradio_api/component_server").status == 403
    for boundary in ("x", "x" * 1000):  # a text in the place of a file; and what no parser takes
        text = f'--{boundary}\r\nContent-Disposition: form-data; name="files"\r\n\r\nx\r\n--{boundary}--\r\n'
        form = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
        assert send(app.url, text.encode(), form, path="/gradio_api/upload").status == 400
    assert app.log().count("Traceback") == failures


async def test_a_path_is_no_upload(app: App, temp: Path) -> None:
    """The run files' box takes what was uploaded, not what a client says lies where."""
    async with httpx.AsyncClient(base_url=app.url, timeout=60) as http:
        opened = (await Served.at(http)).event("events-file", "upload")
        for path in (temp / "account.json", Path("/etc/passwd"), app.temp / ".env"):
            before = path.read_bytes()
            given = {"path": str(path), "meta": {"_type": "gradio.FileData"}}
            body = {"data": [given, None], "fn_index": opened, "session_hash": "paths"}
            answer = await http.post("/gradio_api/run/predict", json=body)
            assert PLANTED not in answer.text
            assert answer.status_code >= 400
            assert path.read_bytes() == before


def refused(app: App, path: str, headers: Mapping[str, str], sent: int) -> int:
    """The status, which comes before `sent` bytes were; with a length they needn't be."""
    with socket.create_connection(("127.0.0.1", urlsplit(app.url).port or 0), timeout=60) as client:
        lines = {"Host": "127.0.0.1", "Content-Type": "application/json", **headers}
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        client.sendall(f"POST {path} HTTP/1.1\r\n{head}\r\n".encode())
        try:
            while sent > 0:
                client.sendall(b"%x\r\n%s\r\n" % (len(PART), PART))
                sent -= len(PART)
        except OSError:
            pass  # it had heard enough
        with http.client.HTTPResponse(client) as response:
            response.begin()
            assert b"larger than" in response.read()
            return response.status


@pytest.mark.parametrize(
    "path", ["/gradio_api/queue/join", "/gradio_api/run/predict", "/gradio_api/call/chat", "/nowhere"]
)
def test_a_body_of_fifty_megabytes(app: App, path: str) -> None:
    assert refused(app, path, {"Content-Length": str(FIFTY)}, 0) == 413
    if path != "/nowhere":  # which reads no body
        assert refused(app, path, {"Transfer-Encoding": "chunked"}, LONGEST + len(PART)) == 413


@pytest.mark.parametrize(
    "path", ["/gradio_api/queue/join", "/gradio_api/upload", "/nowhere", "/healthz", "/login"]
)
def test_whoever_sends_all_of_it_first_hears_the_answer(app: App, path: str) -> None:
    """Also where nothing reads a body: a connection that is closed before its end is reset."""
    parts = [b" " * 1_000_000] * 40
    for body in (b"".join(parts), parts):  # with its length, and in chunks
        with send(app.url, body, path=path) as answer:
            assert 400 <= answer.status < 500
            assert json.load(answer)["detail"]


def test_an_upload_is_kept_off_memory_and_has_an_end(app: App, temp: Path) -> None:
    process = psutil.Process(app.process.pid)
    get(app.url, "/healthz")
    before = process.memory_info().rss
    with httpx.Client(base_url=app.url, timeout=60) as client:
        answer = client.post("/gradio_api/upload", files={"files": ("big.jsonl", b" " * FIFTY)})
    assert answer.status_code == 200
    (path,) = answer.json()
    assert Path(path).stat().st_size == FIFTY
    Path(path).unlink()
    grown = process.memory_info().rss - before
    print(f"{grown / 1e6:.1f} MB more for an upload of {FIFTY / 1e6:.0f} MB")
    assert grown < FIFTY * 0.8
    form = {"Content-Type": "multipart/form-data; boundary=x", "Content-Length": str(LONGEST_UPLOAD + 1)}
    assert refused(app, "/gradio_api/upload", form, 0) == 413


def test_readers_that_are_too_slow_hold_up_nobody(app: App, openai_server: OpenAIServer) -> None:
    """Each asks for four megabytes and reads a byte now and then."""
    plan = "text=markdown,chunks=1000,size=4000,id=slow"
    body = json.dumps({"message": plan}).encode()
    process = psutil.Process(app.process.pid)
    assert ask(app.url, "chunks=3").read()
    before = process.memory_info().rss
    with ExitStack() as slow:
        clients = []
        for _ in range(5):
            client = slow.enter_context(socket.socket())
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.settimeout(60)
            client.connect(("127.0.0.1", urlsplit(app.url).port or 0))
            client.sendall(
                b"POST /run_stream HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
                b"Content-Length: %d\r\n\r\n%s" % (len(body), body)
            )
            clients.append(client)
        for client in clients:
            assert client.recv(1) == b"H"

        def is_slow(entry: Entry) -> bool:
            return entry.finished is not None and plan in str(entry.body)

        for _ in range(3):
            assert ask(app.url, "chunks=20").read().decode() == "".join(pieces("lorem", 20))
            for client in clients:
                assert client.recv(1)
        # At most: everything has come from the model.
        whole: set[int] = set()
        for _ in clients:
            whole.add(openai_server.wait_for(lambda one: is_slow(one) and one.id not in whole).id)
        grown = process.memory_info().rss - before
        print(f"{grown / 1e6:.1f} MB more for {len(clients)} slow readers")
        assert grown < 100e6


async def test_one_who_reads_nothing_is_given_up() -> None:
    from components.http.formats import LabEvents
    from components.http.reply import RunStream

    settings = Settings.load(None, {"PROVIDER": "scripted", "LOCAL_MODEL": "/no/such/model.gguf"})
    lab = Lab(settings, registry(settings))
    asked = Ask("hello", [], lab.first_choice(), "", "stream")

    class Impatient(RunStream):
        patience = 0.3

    stream = Impatient(lab, asked, Words("en"), LabEvents())
    sent = []

    async def receive() -> dict[str, object]:
        await never.wait()
        raise AssertionError

    async def send(message: Mapping[str, object]) -> None:
        sent.append(message["type"])
        if len(sent) == 3:
            await never.wait()

    never = asyncio.Event()
    async with asyncio.timeout(60):
        await stream({"type": "http"}, receive, send)
    assert sent == ["http.response.start", "http.response.body", "http.response.body"]
    assert len(lab.runs) == 0
    assert lab.live.count == 0


def test_the_page_is_compressed_and_no_stream_is_held_for_it(app: App, openai_server: OpenAIServer) -> None:
    gzip = {"Accept-Encoding": "gzip"}
    with httpx.Client(base_url=app.url, headers=gzip, timeout=60) as client:
        page = client.get("/")
        assert page.headers["content-encoding"] == "gzip"
        assert int(page.headers["content-length"]) < len(page.content) / 3
        with client.stream("GET", "/gradio_api/heartbeat/here") as events:  # nor by a proxy that compresses
            assert "no-transform" in events.headers["cache-control"]
    for form in ("text/plain", "text/event-stream"):
        response = ask(app.url, "chunks=4,hold_after=1,id=not-held", {"Accept": form, **gzip})
        assert response.headers["content-encoding"] is None
        assert "no-transform" in response.headers["cache-control"]
        came = b""
        while b"Lorem" not in came:  # the reply is held until it was seen
            came += response.read1(65536)
        openai_server.release("not-held")
        response.read()
