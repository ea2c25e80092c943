"""Gemini over gRPC on the page: whatever goes wrong, what Stop stops, and where the key file isn't."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme
from playwright.sync_api import expect

from components.streaming import Fault
from tests.app_process import App, running
from tests.browser.faults import says, shows_no_python
from tests.browser.lab_page import LabPage
from tests.browser.visitors import Visitors
from tests.servers.stand_in import StandIn
from tests.servers.vertex import ServiceAccount

TWO_WORDS = re.compile(r"\w+ \w+")


@pytest.fixture(scope="module")
def vertex() -> Iterator[StandIn]:
    with StandIn("tests.servers.vertex_grpc") as server:
        yield server


@pytest.fixture(scope="module")
def app(vertex: StandIn) -> Iterator[App]:
    """Starts with `vertexai`. It trusts the stand-in's certificate, and has no way to Google's own hosts."""
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))
        refused = f"http://127.0.0.1:{unheard.getsockname()[1]}"
        with running(
            PROVIDER="vertexai",
            GRPC_DEFAULT_SSL_ROOTS_FILE_PATH=str(vertex.ready["roots"]),
            # gRPC reads the small ones, Python's HTTP clients both, the small ones first.
            **dict.fromkeys(("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"), refused),
            **dict.fromkeys(("NO_PROXY", "no_proxy"), "localhost,127.0.0.1"),
        ) as app:
            yield app


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A service account's file; the account exists nowhere."""
    private = trustme.CA(key_type=trustme.KeyType.RSA).private_key_pem.bytes().decode()
    file = tmp_path_factory.mktemp("account") / "account.json"
    file.write_text(ServiceAccount(private, "").json())
    return file


@pytest.fixture(scope="module")
def one_visitor(visitors: Visitors, app: App, vertex: StandIn, account: Path) -> Iterator[LabPage]:
    """Has given the key file and the address; the model's name alone changes."""
    lab = visitors.open(app.url)
    lab.use("vertexai", "chunks=2", api_endpoint=vertex.address, credentials=account)
    yield lab
    visitors.leave(lab)


@pytest.fixture
def lab(one_visitor: LabPage, vertex: StandIn) -> LabPage:
    one_visitor.new_chat()
    vertex.forget()
    return one_visitor


def test_bad_days(lab: LabPage, app: App, vertex: StandIn) -> None:
    lab.method("stream")
    lab.use("vertexai", "gemini-x")
    assert "finish: stop" in lab.ask("hello")
    expect(lab.said).to_have_text(["word0 word1 word2 word3 word4 word5 word6 word7 word8 word9"])
    for model, fault, kept in (
        ("status=403", Fault("forbidden", {"status": "403"}), []),
        ("hold_after=3,drop_after=3", Fault("dropped"), ["word0 word1 word2"]),
        ("block=prompt", Fault("content_filter"), []),
    ):
        lab.new_chat()
        lab.use("vertexai", model)
        lab.send("hello")
        if kept:
            expect(lab.said).to_have_text(kept)
            vertex.release()
        lab.done(1)
        says(lab, fault, provider="vertexai", model=model)
        expect(lab.said).to_have_text(kept)
        shows_no_python(lab)
        lab.use("vertexai", "chunks=2")
        assert "finish: stop" in lab.ask_again()
        expect(lab.users).to_have_text(["hello"])
        expect(lab.said).to_have_text(["word0 word1"])
    assert "PRIVATE KEY" not in app.log() + lab.page.content()


# Each method in each place is in tests/vertex/test_vertexai_calls.py.
@pytest.mark.parametrize(
    ("method", "plan"), [("stream", "chunks=200,rate=20,stall_after=150"), ("invoke", "first=60")]
)
def test_stop(lab: LabPage, vertex: StandIn, method: str, plan: str) -> None:
    if plan not in lab.page.locator("#in-use").inner_text():
        lab.use("vertexai", plan)
    lab.method(method)
    lab.send("hello")
    vertex.wait_for("request", seconds=60)
    expect(lab.stop).to_be_enabled()
    if "rate" in plan:
        expect(lab.text).to_have_text(TWO_WORDS)
    lab.stop.click()
    vertex.wait_for("cancelled")
    assert "after Stop" in lab.done()
