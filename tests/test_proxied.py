"""Behind nginx as people set it up: another Host, no port in it, TLS ended, and the README's own lines."""

from __future__ import annotations

import http.client
import json
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.app_process import App, free_port, running
from tests.docs import block
from tests.raw_http import request
from tests.servers import certificate
from tests.servers.nginx import nginx

README = block("nginx")
PASS = "location / {{ proxy_pass {url}; proxy_http_version 1.1; proxy_buffering off; {more} }}"
KEPT = "proxy_set_header Host $http_host;"
NO_PORT = "proxy_set_header Host $host;"
FORWARDED = "proxy_set_header X-Forwarded-Host $http_host;"
POST = ("POST /run_stream?message=hi", "Content-Length: 0")


@pytest.fixture(scope="module")
def app() -> Iterator[App]:
    """As on a laptop, behind one proxy that is believed, with a name."""
    with running(
        PROVIDER="scripted", MAX_TOKENS="2", ALLOWED_HOSTS="lab.example", TRUSTED_PROXIES="127.0.0.1"
    ) as app:
        yield app


@pytest.fixture(scope="module")
def alone(laptop: App) -> App:
    return laptop


CASES = (
    # what nginx does, the page's address as its reader types it, and what is answered
    (KEPT, "192.168.1.5:9202", 200),
    (NO_PORT, "192.168.1.5:9202", 200),
    (NO_PORT, "[fd00::1]:9202", 200),
    (NO_PORT, "localhost:8080", 200),
    ("", "192.168.1.5:9202", 403),
    ("", "lab.example:9202", 403),
    (FORWARDED, "192.168.1.5:9202", 403),
    (KEPT, "lab.example", 421),
    (NO_PORT, "lab.example:9202", 421),
)


@pytest.mark.parametrize(("more", "host", "status"), CASES)
def test_with_nothing_set(alone: App, more: str, host: str, status: int) -> None:
    with nginx(PASS.format(url=alone.url, more=more)) as there:
        answer = request(there, *POST, f"Host: {host}", f"Origin: http://{host}")
        assert answer.status == status
        if status != 200:
            assert f"ALLOWED_HOSTS={host.rpartition(':')[0] or host}" in json.loads(answer.body)["detail"]


@pytest.mark.parametrize("more", [KEPT, NO_PORT, "", FORWARDED, KEPT + FORWARDED, NO_PORT + FORWARDED])
@pytest.mark.parametrize("host", ["lab.example", "lab.example:9202", "LAB.example.:9202"])
def test_with_its_name_set(app: App, more: str, host: str) -> None:
    with nginx(PASS.format(url=app.url, more=more)) as there:
        own = (f"Host: {host}", f"Origin: http://{host.lower()}")
        assert request(there, *POST, *own).status == 200
        assert request(there, "GET /config", *own).status == 200
        assert request(there, *POST, f"Host: {host}", "Origin: http://evil.example").status == 403
        evil = request(there, *POST, "Host: evil.example", "Origin: http://evil.example")
        assert evil.status == (403 if not more else 421)


def test_a_name_is_refused_that_only_a_proxy_saw(app: App) -> None:
    """Without it the page of another site would have read this."""
    with nginx(PASS.format(url=app.url, more=FORWARDED)) as there:
        assert request(there, "GET /config", "Host: evil.example").status == 421


@pytest.mark.parametrize("more", [KEPT, NO_PORT, "", README])
def test_tls_that_ends_before_it(app: App, tmp_path: Path, more: str) -> None:
    with tls(app, tmp_path, more) as port:
        for headers in (
            {"Host": "lab.example", "Origin": "https://lab.example"},
            {"Host": f"lab.example:{port}", "Origin": f"https://lab.example:{port}"},
            {"Host": "lab.example", "Origin": "https://lab.example", "Sec-Fetch-Site": "same-origin"},
        ):
            assert status_over_tls(port, tmp_path, headers) == 200
        foreign = {"Host": "lab.example", "Origin": "https://evil.example"}
        assert status_over_tls(port, tmp_path, foreign) == 403
        crossing = {**foreign, "Origin": "https://lab.example", "Sec-Fetch-Site": "cross-site"}
        assert status_over_tls(port, tmp_path, crossing) == 403


@contextmanager
def tls(app: App, folder: Path, more: str) -> Iterator[int]:
    """The port at which nginx ends it."""
    made, port = certificate.make(folder), free_port()
    (folder / "chain.pem").write_bytes(made.chain)
    (folder / "key.pem").write_bytes(made.key)
    whole = more.replace("http://127.0.0.1:7860", app.url) if more == README else ""
    ends = (
        f"listen 127.0.0.1:{port} ssl; ssl_certificate {folder}/chain.pem;"
        f" ssl_certificate_key {folder}/key.pem;"
    )
    with nginx(ends + (whole or PASS.format(url=app.url, more=more))):
        yield port


def status_over_tls(port: int, folder: Path, headers: dict[str, str]) -> int:
    trusted = ssl.create_default_context(cafile=str(folder / "roots.pem"))
    connection = http.client.HTTPSConnection("127.0.0.1", port, context=trusted, timeout=60)
    connection.request("POST", "/run_stream?message=hi", headers={**headers, "Content-Length": "0"})
    with connection.getresponse() as response:
        response.read()
    connection.close()
    return response.status


def test_no_proxy_but_a_mapped_port(alone: App) -> None:
    """As Docker maps it: inside it is another one than outside."""
    page = ("Host: localhost:8080", "Origin: http://localhost:8080", "Sec-Fetch-Site: same-origin")
    assert request(alone.url, *POST, *page).status == 200
    assert urlsplit(alone.url).port != 8080
