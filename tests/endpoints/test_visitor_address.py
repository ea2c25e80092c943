"""Whose run it is: the peer's, or what a trusted proxy says; and never what anybody else says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

import pytest
from gradio_client import Client

from components.hosting.visitor import Visitors
from components.settings import BadSetting, Settings
from tests.app_process import App
from tests.endpoints.serving import serving
from tests.http_stream import ask
from tests.run_log import Line, lines, wait_for
from tests.servers.openai_api import OpenAIServer

FORWARDED = "X-Forwarded-For"


@pytest.fixture(scope="module", params=["", "127.0.0.1,10.0.0.0/8"], ids=["nobody trusted", "a proxy"])
def app(request: pytest.FixtureRequest, app: App, openai_server: OpenAIServer) -> Iterator[App]:
    """Its peer is always 127.0.0.1."""
    openai_server.set("chunks=3")
    if not request.param:
        yield app
        return
    with serving(openai_server, TRUSTED_PROXIES=request.param) as other:
        yield other


def ids(app: App, forwarded: Sequence[str]) -> list[str]:
    """The hashes of visitors whose requests have these headers."""
    found = []
    for header in forwarded:
        before = {line["time"] for line in lines(app)}
        assert ask(app.url, "hi", {FORWARDED: header} if header else {}).read()
        found.append(wait_for(app, partial(_is_new, before))["visitor"])
    return found


def _is_new(before: set[str], line: Line) -> bool:
    return line["time"] not in before


def test_a_header_counts_only_from_a_trusted_proxy(app: App, request: pytest.FixtureRequest) -> None:
    trusted = "a proxy" in request.node.name
    spoofed = ids(app, ["", "198.51.100.7", "198.51.100.8", "x" * 5000])
    # The rightmost that no proxy of ours has written is the visitor; what stands left of it anyone can write.
    same = ids(app, ["5.6.7.8", "1.2.3.4, 5.6.7.8", "9.9.9.9,5.6.7.8, 10.1.2.3", "127.0.0.1, 5.6.7.8:4711"])
    household = ids(app, ["2001:db8:1:2::7", "1.1.1.1, 2001:db8:1:2:ffff::8"])
    if not trusted:
        assert len({*spoofed, *same, *household}) == 1
        return
    assert len(set(same)) == 1
    assert len(set(household)) == 1
    assert len({spoofed[0], spoofed[1], spoofed[2], same[0], household[0]}) == 5
    assert "198.51.100.7" not in app.log()
    client = Client(app.url, verbose=False, headers={FORWARDED: "1.2.3.4, 5.6.7.8"})
    client.predict("1", api_name="/lesson")
    assert wait_for(app, lambda line: line["kind"] == "lesson stream")["visitor"] == same[0]


def test_hashes() -> None:
    one, other = Visitors(), Visitors()
    assert one.of("203.0.113.9") == one.of("203.0.113.9") == one.of("::ffff:203.0.113.9")
    assert one.of("203.0.113.9") != other.of("203.0.113.9"), "another start, another key"
    assert one.of(None) == one.of("")
    assert Visitors("redis://:p@h").of("10.0.0.1") == Visitors("redis://:p@h").of("10.0.0.1")
    assert Visitors("redis://:p@h").of("10.0.0.1") != Visitors("redis://:q@h").of("10.0.0.1")
    assert one.of("2001:db8::1") != one.of("2001:db8:0:1::1")


def test_settings_of_proxies() -> None:
    spaces = Settings.load(None, {"SPACE_ID": "someone/lab"})
    assert spaces.hosted
    assert "10.0.0.0/8" in spaces.trusted_proxies
    own = Settings.load(None, {"SPACE_ID": "someone/lab", "HOSTED": "0", "TRUSTED_PROXIES": "192.0.2.1"})
    assert (own.hosted, own.trusted_proxies, own.runs_per_minute) == (False, "192.0.2.1", 0)
    for bad in ("*", "proxy.example", "10.0.0.1/8", "1.2.3"):
        with pytest.raises(BadSetting, match="TRUSTED_PROXIES"):
            Settings.load(None, {"TRUSTED_PROXIES": bad})
