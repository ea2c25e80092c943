"""What is open to whom: told at start, and that a share link is for strangers."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from components.hosting.exposure import exposure
from components.providers import registry
from components.runs.lab import Lab
from components.settings import HOSTED_LIMITS, SPACES_PROXIES, Settings
from tests.app_process import App, running
from tests.http_stream import ask, get
from tests.raw_http import request
from tests.run_log import lines, wait_for
from tests.servers.tunnel import LINK, tunnel

NAME = LINK.removeprefix("https://")
BEGIN = ("Open to ", "Models: ", "Limits: ")
SCRIPTED = {"PROVIDER": "scripted", "MAX_TOKENS": "2"}
POST = ("POST /run_stream?message=hi", "Content-Length: 0")


@pytest.fixture(scope="module")
def app() -> Iterator[App]:
    """Its peer is always 127.0.0.1, as the tunnel's client is."""
    with tunnel() as variables, running(**SCRIPTED, **variables, OPENAI_API_KEY="sk-good-OWNERS") as app:
        told(app)
        yield app


def told(app: App) -> list[str]:
    """The lines that begin so; they come when the page is served already, a share link too."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        said = [line for line in app.log().splitlines(keepends=True) if line.startswith(BEGIN)]
        if len(said) == 3 and said[-1].endswith("\n"):
            return list(map(str.strip, said))
        time.sleep(0.05)
    raise TimeoutError(app.log())


def test_a_server_with_a_share_link_goes_by_its_name(app: App) -> None:
    for host in (NAME, NAME.upper(), f"{NAME}:443", "127.0.0.1", "localhost"):
        assert request(app.url, "GET /config", f"Host: {host}").status == 200, host
    page = (f"Host: {NAME}", f"Origin: {LINK}")
    assert request(app.url, *POST, *page).status == 200
    assert (
        request(app.url, *POST, *page, f"X-Forwarded-Host: {NAME}", "X-Forwarded-Proto: https").status == 200
    )
    for host in ("evil.example", f"other-{NAME}", f"{NAME}.evil.example", "gradio.live"):
        assert request(app.url, "GET /config", f"Host: {host}").status == 421, host
    assert request(app.url, *POST, f"Host: {NAME}", "Origin: https://evil.example").status == 403


def test_who_has_the_link_is_a_stranger(app: App) -> None:
    """To whom nothing is offered that could be used against the owner."""
    settings, config = get(app.url, "/config"), str(get(app.url, "/config"))
    assert settings[0] == 200
    assert "openai-api_key" in config
    assert "openai-base_url" not in config


def test_visitors_of_a_share_link_are_told_apart(app: App) -> None:
    """By the last that the tunnel's client names; what stands before it anyone may write."""
    said = ("203.0.113.1", "1.2.3.4, 203.0.113.2", "5.6.7.8, 203.0.113.2", "10.0.0.9", "")
    before = len(lines(app))
    for forwarded in said:
        assert ask(app.url, "hi", {"X-Forwarded-For": forwarded} if forwarded else {}).read()
    wait_for(app, lambda line: len(lines(app)) == before + len(said))
    found = [line["visitor"] for line in lines(app)[before:]]
    assert found[1] == found[2]
    assert len(set(found)) == len(said) - 1


# Nobody can bring Azure's address.
OWN = "anthropic, gemini, vertexai"
ANY = "anthropic, gemini, azure, vertexai"


def test_three_lines_say_what_is_open_to_whom(app: App) -> None:
    who, what, how_much = told(app)
    assert f"everyone who has the link {LINK}" in who
    assert who.endswith("; by address or as localhost; no password.")
    assert what == f"Models: local, scripted on this machine; openai, {OWN} with a visitor's own key."
    assert "20 runs a minute of one visitor" in how_much


OWN_KEYS = "; any base URL and any file of keys, as HOSTED is off"
STARTS = {
    "a laptop": (
        {"OPENAI_API_KEY": "sk-good-OWNERS"},
        "this machine at {url}/; by address or as localhost; no password.",
        f"local, scripted on this machine; openai on your account; {ANY} with a visitor's own key{OWN_KEYS}.",
        "100 runs at once in all.",
    ),
    "a network": (
        {"GRADIO_SERVER_NAME": "0.0.0.0", "PASSWORD": "x", "ALLOWED_HOSTS": "lab.example.org"},
        "this machine at {url}/, everyone who reaches it over the network; by address or as localhost,"
        " lab.example.org; with a password.",
        f"local, scripted on this machine; openai, {ANY} with a visitor's own key{OWN_KEYS}.",
        "100 runs at once in all.",
    ),
    "a proxy": (
        {"HOSTED": "1", "PUBLIC_PROVIDERS": "openai,scripted", "OPENAI_API_KEY": "sk-x", "STREAMS": "7"},
        "this machine at {url}/, everyone whom a proxy on it lets through; by any name; no password.",
        f"openai on your account; {OWN} with a visitor's own key; scripted on this machine.",
        "20 runs a minute of one visitor, 4 runs at once of one visitor, 7 runs at once in all,"
        " 200,000 tokens a day on your account, 8,000 characters a message.",
    ),
}


@pytest.mark.parametrize("start", STARTS.values(), ids=STARTS)
def test_the_three_lines_of(start: tuple[dict[str, str], str, str, str]) -> None:
    environment, *lines = start
    settings, url = Settings.load(None, {**SCRIPTED, **environment}), "http://127.0.0.1:7860"
    expected = [start + line.format(url=url) for start, line in zip(BEGIN, lines, strict=True)]
    assert list(exposure(Lab(settings, registry(settings)), f"{url}/", None)) == expected


@pytest.mark.parametrize(
    ("environment", "hosted", "trusted"),
    [
        ({}, False, ""),
        ({"GRADIO_SHARE": "0"}, False, ""),
        ({"GRADIO_SHARE": "1"}, True, "127.0.0.1,::1"),
        ({"GRADIO_SHARE": "true", "HOSTED": "1"}, True, "127.0.0.1,::1"),
        ({"GRADIO_SHARE": "1", "HOSTED": "0"}, False, "127.0.0.1,::1"),
        ({"GRADIO_SHARE": "1", "HOSTED": ""}, True, "127.0.0.1,::1"),
        ({"GRADIO_SHARE": "1", "GRADIO_SERVER_NAME": "0.0.0.0"}, True, "127.0.0.1,::1"),
        ({"GRADIO_SHARE": "1", "TRUSTED_PROXIES": "192.0.2.1"}, True, "127.0.0.1,::1,192.0.2.1"),
        ({"HOSTED": "1"}, True, ""),
        ({"SPACE_ID": "someone/lab"}, True, SPACES_PROXIES),
        ({"SPACE_ID": "someone/lab", "HOSTED": "0"}, False, SPACES_PROXIES),
    ],
)
def test_share_implies_hosted(environment: dict[str, str], hosted: bool, trusted: str) -> None:
    settings = Settings.load(None, environment)
    assert (settings.hosted, settings.trusted_proxies) == (hosted, trusted)
    assert settings.runs_per_minute == (HOSTED_LIMITS["runs_per_minute"] if hosted else 0)
