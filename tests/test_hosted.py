"""A page that strangers open: the password, and what comes from elsewhere, is too large or isn't theirs."""

from __future__ import annotations

import base64
import http.client
import json
import socket
from collections.abc import Iterator, Mapping
from urllib.parse import quote, urlencode, urlsplit

import pytest
from gradio_client import Client
from gradio_client.exceptions import AuthenticationError

from tests.app_process import App, running
from tests.http_stream import ask, get, send

OWNERS = "sk-good-OWNERS-KEY-0123456789"
PASSWORD = "an open secret パス"
PLANTED_URL, PLANTED_PROJECT = "http://inside.example:1/v1", "owners-project-PLANTED"


@pytest.fixture(scope="module")
def app() -> Iterator[App]:
    """The page's own names for the owner's things must be nowhere; limits would only slow these tests."""
    with running(
        HOSTED="1",
        PROVIDER="scripted",
        PASSWORD=PASSWORD,
        MAX_TOKENS="3",
        RUNS_PER_MINUTE="0",
        OPENAI_API_KEY=OWNERS,
        OPENAI_BASE_URL=PLANTED_URL,
        GOOGLE_CLOUD_PROJECT=PLANTED_PROJECT,
        TRUSTED_PROXIES="127.0.0.1",
    ) as app:
        yield app


def basic(password: str, visitor: int = 1) -> dict[str, str]:
    word = base64.b64encode(f"anyone:{password}".encode()).decode()
    return {"Authorization": f"Basic {word}", "X-Forwarded-For": f"203.0.113.{visitor}"}


@pytest.fixture(scope="module")
def cookie(app: App) -> str:
    """Of one who has logged in on the page."""
    form = urlencode({"username": "anyone", "password": PASSWORD}).encode()
    response = send(app.url, form, {"Content-Type": "application/x-www-form-urlencoded"}, path="/login")
    assert response.status == 200, response.read()
    return "; ".join(line.split(";")[0] for line in response.headers.get_all("set-cookie") or [])


def status(app: App, path: str, headers: Mapping[str, str] | None = None) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection(urlsplit(app.url).netloc, timeout=60)
    connection.request("GET", path, headers=dict(headers or {}))
    with connection.getresponse() as response:
        body = response.read()
    connection.close()
    return response.status, body


def test_nothing_runs_without_the_password(app: App, cookie: str) -> None:
    refused = ask(app.url, "hi")
    assert (refused.status, json.load(refused)["kind"]) == (401, "password")
    assert refused.headers["WWW-Authenticate"].startswith("Basic")
    assert ask(app.url, "hi", basic("wrong")).status == 401
    for given in ("Basic !", "Basic é", "Bearer é"):
        assert ask(app.url, "hi", {"Authorization": given}).status == 401
    assert ask(app.url, "hi", basic(PASSWORD)).read()
    assert ask(app.url, "hi", {"Cookie": cookie}).read()
    assert get(app.url, "/healthz")[0] == 200
    for path in (
        "/config",
        "/gradio_api/info",
        "/gradio_api/file=x",
        "/gradio_api/queue/data",
        "/monitoring",
    ):
        assert status(app, path)[0] == 401, path
    for path in (
        "/gradio_api/queue/join",
        "/gradio_api/run/chat",
        "/gradio_api/call/chat",
        "/gradio_api/upload",
    ):
        assert send(app.url, b"{}", path=path).status == 401, path
    assert status(app, "/")[0] == 200, "the form"
    with pytest.raises(AuthenticationError):
        Client(app.url, verbose=False)
    client = Client(app.url, verbose=False, auth=("anyone", PASSWORD))
    assert client.predict("hi", api_name="/chat")


def test_guessing_has_an_end(app: App) -> None:
    tried = [ask(app.url, "hi", basic(f"wrong{number}", 2)).status for number in range(12)]
    assert tried == [401] * 10 + [429] * 2
    late = ask(app.url, "hi", basic(PASSWORD, 2))
    assert (late.status, json.load(late)["kind"]) == (429, "too_often")
    assert int(late.headers["Retry-After"]) <= 60
    form = {"Content-Type": "application/x-www-form-urlencoded", "X-Forwarded-For": "203.0.113.2"}
    assert send(app.url, b"username=a&password=b", form, path="/login").status == 429
    assert ask(app.url, "hi", basic(PASSWORD, 3)).status == 200, "another visitor"


def test_what_the_page_is_told(app: App, cookie: str) -> None:
    told = (
        status(app, "/config", {"Cookie": cookie})[1].decode()
        + status(app, "/", {"Cookie": cookie})[1].decode()
    )
    assert "openai-api_key" in told
    for hidden in (
        "openai-base_url",
        "vertexai-api_endpoint",
        OWNERS,
        PLANTED_URL,
        PLANTED_PROJECT,
        PASSWORD,
    ):
        assert hidden not in told


FOREIGN = (
    {"Origin": "http://elsewhere.example"},
    {"Origin": "null"},
    {"Sec-Fetch-Site": "cross-site", "Origin": "https://elsewhere.example"},
)


@pytest.mark.parametrize("host", ["", "lab.example"])
def test_pages_of_other_sites(app: App, cookie: str, host: str) -> None:
    """Also with the cookie of one who is logged in, at a server with a name of its own."""
    known = {"Cookie": cookie, **({"Host": host} if host else {})}
    for foreign in FOREIGN:
        for path in ("/config", "/gradio_api/info", "/gradio_api/queue/data?session_hash=x"):
            code, body = status(app, path, {**known, **foreign})
            assert (code, json.loads(body)["kind"]) == (403, "cross_site")
        for path in (
            "/gradio_api/queue/join",
            "/gradio_api/upload",
            "/login",
            "/run_stream",
            "/gradio_api/cancel",
        ):
            assert send(app.url, b"{}", {**known, **foreign}, path=path).status == 403, path
    own = f"http://{host or urlsplit(app.url).netloc}"
    assert status(app, "/config", {**known, "Origin": own})[0] == 200
    link = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    assert status(app, "/", {**known, **link})[0] == 200, "a link on another page"


@pytest.mark.parametrize("told", [True, False])
def test_a_body_of_fifty_megabytes(app: App, cookie: str, told: bool) -> None:
    parts = [b"x" * 1_000_000] * 50
    for path in ("/gradio_api/queue/join", "/run_stream", "/gradio_api/upload"):
        with send(app.url, b"".join(parts) if told else parts, {"Cookie": cookie}, path=path) as answer:
            assert answer.status in ({413} if told or "upload" not in path else {400, 422}), path
    with socket.create_connection(("127.0.0.1", urlsplit(app.url).port or 0), timeout=60) as client:
        head = f"POST /gradio_api/upload HTTP/1.1\r\nHost: x\r\nCookie: {cookie}\r\nContent-Length: 17000000"
        client.sendall(f"{head}\r\n\r\n".encode())
        assert client.recv(100).split()[1] == b"413", "also of several files that are small enough"
    assert status(app, "/config", {"Cookie": cookie})[0] == 200, "it goes on"


def test_no_file_but_the_page_s_own(app: App, cookie: str) -> None:
    files = ("/etc/passwd", "../../../../etc/passwd", str(app.log_file), str(app.temp / ".env"), "app.py")
    for file in files:
        for name in (file, quote(file, safe=""), quote(quote(file, safe=""), safe="")):
            for route in (
                *("/gradio_api/file=", "/gradio_api/file/", "/static/", "/assets/", "/svelte/"),
                *(
                    "/gradio_api/custom_component/x/client/component/",
                    "/gradio_api/proxy=",
                    "/",
                    "/pwa_icon/",
                ),
            ):
                code, body = status(app, f"{route}{name}", {"Cookie": cookie})
                assert b"root:" not in body, (route, name)
                assert b"Traceback" not in body
                assert b"GRADIO_ANALYTICS" not in body
                assert 400 <= code < 500, (route, name, code)
    for inside in ("http://169.254.169.254/", "http://127.0.0.1:1/", "file:///etc/passwd"):
        assert status(app, f"/gradio_api/proxy={inside}", {"Cookie": cookie})[0] in (400, 403, 404)
        assert status(app, f"/gradio_api/file={inside}", {"Cookie": cookie})[0] in (400, 403, 404)
