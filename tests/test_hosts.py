"""The names a server goes by, and whose pages may use it."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from components.settings import BadSetting, Settings
from tests.app_process import App, running
from tests.raw_http import Answer, request

ROUTES = (
    "GET /",
    "HEAD /",
    "GET /config",
    "GET /theme.css",
    "GET /assets/none.js",
    "GET /healthz",
    "GET /openapi.json",
    "GET /gradio_api/info",
    "GET /gradio_api/heartbeat/x",
    "GET /gradio_api/queue/data?session_hash=x",
    "GET /none",
    "POST /run_stream?message=hi",
    "POST /gradio_api/queue/join",
    "POST /gradio_api/upload",
    "POST /login",
    "OPTIONS /run_stream",
    "PUT /gradio_api/file=x",
)
OURS = (
    "127.0.0.1",
    "127.0.0.1:7860",
    "[::1]:7860",
    "[::FFFF:127.0.0.1]",
    "192.168.1.5:9202",
    "localhost",
    "LocalHost:7860",
    "localhost.",
    "lab.localhost:80",
)
STRANGERS = (
    "evil.example",
    "evil.example:7860",
    "localhost.evil.example",
    "127.0.0.1.evil.example",
    "evil-localhost",
    "notlocalhost:80",
    "localhost..",
    "127.1",
    "2130706433",
    "0x7f000001",
    "evil.example@127.0.0.1",
    "127.0.0.1@evil.example",
    "127.0.0.1:80:evil.example",
    "127.0.0.1/evil.example",
    "[::1].evil.example",
    "::1",
    "[evil.example]",
    "localhost evil.example",
    "localhost,evil.example",
    "null",
    "*",
    "xn--bcher-kva.example",
    "",
)


@pytest.fixture(scope="module")
def app(laptop: App) -> App:
    return laptop


@pytest.fixture(scope="module")
def named() -> Iterator[App]:
    """Behind a proxy, with names of its own."""
    with running(
        PROVIDER="scripted",
        MAX_TOKENS="2",
        ALLOWED_HOSTS="lab.example.org, *.Sub.example., Bücher.example",
        TRUSTED_PROXIES="127.0.0.1",
        GRADIO_ROOT_PATH="/lab",
    ) as app:
        yield app


def refused(answer: Answer, kind: str) -> bool:
    """In a sentence that says what to set."""
    if answer.status not in {403, 421}:
        return False
    told = json.loads(answer.body)
    assert told["kind"] == kind
    assert "ALLOWED_HOSTS=" in told["do"]
    assert told["detail"] == f"{told['message']} {told['do']}"  # Gradio's page shows it
    return True


@pytest.mark.parametrize("host", STRANGERS)
def test_a_name_that_is_not_its_own_is_refused(app: App, host: str) -> None:
    answer = request(app.url, "GET /config", f"Host: {host}")
    assert answer.status == 421 or (not host and answer.status == 400)
    assert "components" not in answer.body


@pytest.mark.parametrize("route", ROUTES)
def test_on_every_route(app: App, route: str) -> None:
    """As a page does that has led its name to this machine: the browser holds it for the server's own."""
    own = ("Host: evil.example:80", "Origin: http://evil.example:80", "Sec-Fetch-Site: same-origin")
    answer = request(app.url, route, *own, "Access-Control-Request-Method: POST", "Content-Length: 0")
    assert answer.status == 421
    assert "access-control-allow-origin" not in answer.headers
    if not route.startswith("HEAD"):
        assert refused(answer, "wrong_host")


@pytest.mark.parametrize("host", OURS)
def test_an_address_and_localhost_are_its_own(app: App, host: str) -> None:
    assert request(app.url, "GET /config", f"Host: {host}").status == 200
    page = ("Content-Length: 0", f"Origin: http://{host}")
    assert request(app.url, "POST /run_stream?message=hi", f"Host: {host}", *page).status == 200


def test_no_host_or_two(app: App) -> None:
    assert request(app.url, "GET /config").status in {400, 421}
    assert request(app.url, "GET /config", "Host: localhost", "Host: evil.example").status in {400, 421}
    assert request(app.url, "GET /config HTTP/1.0", "Host: evil.example").status == 421
    # A load balancer's check. No browser sends such a thing.
    assert request(app.url, "GET /healthz HTTP/1.0").status == 200


@pytest.mark.parametrize(
    ("target", "host", "statuses"),
    [
        ("http://evil.example/config", "evil.example", {421}),
        ("http://127.0.0.1/config", "evil.example", {421}),
        ("http://evil.example/config", "127.0.0.1", {200, 404, 421}),  # no browser sends two different names
        ("*", "evil.example", {421}),
        ("//evil.example/config", "evil.example", {421}),
    ],
)
def test_however_the_target_is_written(app: App, target: str, host: str, statuses: set[int]) -> None:
    answer = request(app.url, f"GET {target}", f"Host: {host}")
    assert answer.status in statuses
    assert "Traceback" not in app.log()


def test_what_nobody_trusted_says_about_the_host(app: App) -> None:
    for header in ("X-Forwarded-Host", "Forwarded", "X-Original-Host"):
        told = f"{header}: {'host=' if header == 'Forwarded' else ''}localhost"
        assert request(app.url, "GET /config", "Host: evil.example", told).status == 421
    assert request(app.url, "GET /config", "Host: localhost", "X-Forwarded-Host: evil.example").status == 200


def test_websockets_are_looked_at_as_well(app: App) -> None:
    upgrade = (
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    )
    assert request(app.url, "GET /", "Host: evil.example", "Connection: Upgrade", *upgrade).status == 421


@pytest.mark.parametrize(("language", "word"), [("de", "name"), ("ja", "名前"), ("zh-TW,en", "名称")])
def test_it_is_said_to_a_person(app: App, language: str, word: str) -> None:
    asked = ("Host: <b>evil.example", f"Accept-Language: {language}", "Accept: text/html,*/*;q=0.8")
    answer = request(app.url, "GET /", *asked)
    assert answer.status == 421
    assert answer.headers["content-type"].startswith("text/plain")
    assert word in answer.body
    assert "evil.example" in answer.body


def test_names_that_the_owner_allows(named: App) -> None:
    for host in (
        "lab.example.org",
        "LAB.example.org:8443",
        "a.sub.example",
        "xn--bcher-kva.example",
        "127.0.0.1",
    ):
        assert request(named.url, "GET /config", f"Host: {host}").status == 200, host
    for host in ("example.org", "x.lab.example.org", "sub.example", "evilsub.example", "evil.example"):
        assert refused(request(named.url, "GET /config", f"Host: {host}"), "wrong_host"), host


def test_what_a_trusted_proxy_says_about_the_host(named: App) -> None:
    """As Apache's ProxyPass does, which sends the name it was asked for beside its own Host."""
    page = ("POST /run_stream?message=hi", "Content-Length: 0", "Origin: http://lab.example.org:9202")
    inside = "Host: app.sub.example:7860"
    assert request(named.url, *page, inside, "X-Forwarded-Host: lab.example.org:9202").status == 200
    assert refused(request(named.url, *page, inside, "X-Forwarded-Host: evil.example"), "wrong_host")
    foreign = ("POST /run_stream?message=hi", "Content-Length: 0", "Origin: http://evil.example")
    assert refused(request(named.url, *foreign, "Host: lab.example.org"), "cross_site")
    # Before anything is sent with a header of a page's own choice, the browser asks.
    asks = ("Access-Control-Request-Method: POST", "Access-Control-Request-Headers: x-forwarded-host")
    asked = request(
        named.url, "OPTIONS /run_stream", "Host: lab.example.org", "Origin: http://evil.example", *asks
    )
    assert asked.status == 403
    assert "access-control-allow-origin" not in asked.headers


@pytest.mark.parametrize("below", ["", "/lab"])
def test_a_path_that_a_proxy_leaves_on(named: App, below: str) -> None:
    page = ("Host: lab.example.org", "Origin: http://elsewhere.example")
    for route in ("file=https://127.0.0.1:1/", "deep_link?session_hash=x", "proxy=https://x.hf.space/"):
        closed = request(named.url, f"GET {below}/gradio_api/{route}", page[0])
        assert (closed.status, "does not offer that" in closed.body) == (403, True), route
    assert request(named.url, f"GET {below}/theme.css", *page).status == 200
    assert refused(request(named.url, f"GET {below}/config", *page), "cross_site")
    assert request(named.url, f"GET {below}/config", page[0]).status == 200


SAME = (
    ("lan", "http://lan:9202"),  # nginx: proxy_set_header Host $host
    ("192.168.1.5", "http://192.168.1.5:9202"),
    ("lan:9202", "http://lan:9202"),
    ("lan", "http://lan"),
    ("lan:80", "http://lan"),
    ("lan", "https://lan"),  # TLS ended before it
    ("lan:443", "https://lan"),
    ("LAN:8443", "https://lan:8443"),
    ("[fd00::1]:9202", "http://[fd00::1]:9202"),
)
OTHER = (
    ("lan:9202", "http://lan:9203"),
    ("lan:9202", "http://lan"),
    ("lan:443", "http://lan"),
    ("lan", "http://lan.evil.example"),
    ("lan", "http://evil.example"),
    ("127.0.0.1:7860", "http://localhost:7860"),
    ("127.0.0.1:7860", "http://192.168.1.5:9202"),  # nginx with no proxy_set_header at all
    ("lan", "null"),
    ("lan", "file://"),
    ("lan", "lan"),
    ("lan", "chrome-extension://lan"),
    ("lan", "http://evil.example@lan"),
    ("lan", ""),
)


@pytest.fixture(scope="module")
def hosted() -> Iterator[App]:
    """Of any name."""
    with running(PROVIDER="scripted", MAX_TOKENS="2", HOSTED="1", RUNS_PER_MINUTE="0") as app:
        yield app


@pytest.mark.parametrize(("host", "origin"), SAME)
def test_a_page_of_its_own(hosted: App, host: str, origin: str) -> None:
    page = (f"Host: {host}", f"Origin: {origin}")
    assert request(hosted.url, "POST /run_stream?message=hi", "Content-Length: 0", *page).status == 200
    assert request(hosted.url, "GET /config", *page).status == 200


@pytest.mark.parametrize(("host", "origin"), OTHER)
def test_a_page_of_another_site(hosted: App, host: str, origin: str) -> None:
    page = (f"Host: {host}", f"Origin: {origin}")
    for route in ("POST /run_stream?message=hi", "GET /config", "GET /gradio_api/info", "OPTIONS /config"):
        answer = request(hosted.url, route, "Content-Length: 0", *page)
        assert refused(answer, "cross_site"), route
        assert "proxy_set_header Host $http_host" in answer.body
    # Its files are nobody's secret, and a page without them would be blank.
    for path in ("/theme.css", "/manifest.json", "/static/img/logo.svg"):
        assert request(hosted.url, f"GET {path}", *page).status in {200, 404}, path


@pytest.mark.parametrize(
    ("site", "status"), [("same-origin", 200), ("none", 200), ("same-site", 403), ("cross-site", 403)]
)
def test_what_the_browser_itself_says(hosted: App, site: str, status: int) -> None:
    page = (
        "Content-Length: 0",
        "Host: 127.0.0.1:7860",
        "Origin: https://lab.example",
        f"Sec-Fetch-Site: {site}",
    )
    assert request(hosted.url, "POST /run_stream?message=hi", *page).status == status


def test_assets_of_the_page_are_given_to_every_origin(hosted: App) -> None:
    page = request(hosted.url, "GET /", "Host: lan").body
    files = [part.split('"')[0] for part in page.split('="./assets/')[1:]]
    assert files
    for file in files:
        answer = request(
            hosted.url,
            f"GET /assets/{file}",
            "Host: lan",
            "Origin: http://elsewhere:1",
            "Sec-Fetch-Site: cross-site",
        )
        assert answer.status == 200, file


@pytest.mark.parametrize(
    ("environment", "hosts"),
    [
        ({}, ()),
        ({"GRADIO_SERVER_NAME": "localhost"}, ()),
        ({"GRADIO_SERVER_NAME": "[::1]"}, ()),
        ({"GRADIO_SERVER_NAME": "127.0.0.2"}, ()),
        ({"GRADIO_SERVER_NAME": "0.0.0.0"}, ("*",)),
        ({"GRADIO_SERVER_NAME": "::"}, ("*",)),
        ({"GRADIO_SERVER_NAME": "lab.lan"}, ("*",)),
        ({"HOSTED": "1"}, ("*",)),
        ({"GRADIO_SHARE": "1"}, ()),
        ({"GRADIO_SHARE": "1", "HOSTED": "1"}, ()),
        ({"SPACE_ID": "someone/lab"}, ("*",)),
        (
            {"HOSTED": "1", "ALLOWED_HOSTS": "A.example., *.b.example, *, [::1]"},
            ("a.example", "*.b.example", "*", "::1"),
        ),
    ],
)
def test_which_names_a_server_goes_by(environment: dict[str, str], hosts: tuple[str, ...]) -> None:
    assert Settings.load(None, environment).hosts == hosts


@pytest.mark.parametrize(
    "bad", ["https://lab.example", "lab.example:80", "lab/", "*.", "a.*.b", "a@b", "a b", "x" * 70]
)
def test_a_name_that_cannot_be_one(bad: str) -> None:
    with pytest.raises(BadSetting, match="ALLOWED_HOSTS has"):
        Settings.load(None, {"ALLOWED_HOSTS": f"lab.example, {bad}"})


@pytest.mark.parametrize("told", ["Origin: http://evil.example", "Host: evil.example"])
def test_who_sends_all_of_a_large_body_first_hears_why_it_is_refused(app: App, told: str) -> None:
    """As nginx does: a connection that was closed meanwhile is its 502."""
    size, part = 4_000_000, b" " * 100_000
    headers = [*(() if told.startswith("Host") else ("Host: localhost",)), told, f"Content-Length: {size}"]
    lines = ("POST /gradio_api/queue/join HTTP/1.1", "Connection: close", *headers, "", "")
    address = urlsplit(app.url)
    with socket.create_connection((address.hostname or "", address.port or 80), timeout=60) as client:
        client.sendall("\r\n".join(lines).encode())
        heard = client.recv(1)
        for _ in range(size // len(part)):
            client.sendall(part)
        while came := client.recv(65536):
            heard += came
    assert heard.split()[1] in {b"403", b"421"}
