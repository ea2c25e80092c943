"""Stop ends the model's work: from just before the click to the upstream's connection being closed."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from components.settings import METHODS
from tests.app_process import App
from tests.browser.lab_page import LabPage
from tests.browser.visitors import Visitors
from tests.servers.openai_api import OpenAIServer
from tests.servers.openai_connection import Entry
from tests.servers.stand_in import StandIn

# Generous: the machine may be busy, and the browser looks whether the button moves before it clicks.
SECONDS = 2.0
TWO_WORDS = re.compile(r"\w+ \w+")
SLOW = "chunks=160,rate=20"


def plans(method: str) -> list[str]:
    """`invoke` asks for one piece: it is in mid-reply when half of that has come."""
    streaming = "stall_after=20" if method == "invoke" else SLOW
    return [streaming, "stall_first", "stall_headers"]


@pytest.fixture
def lab(one_visitor: LabPage) -> LabPage:
    one_visitor.new_chat()
    return one_visitor


@pytest.fixture(scope="module")
def vertex_visitor(visitors: Visitors, vertex_app: App, vertex: StandIn, account: Path) -> Iterator[LabPage]:
    """Has given the key file and the address; the model's name alone changes."""
    lab = visitors.open(vertex_app.url)
    lab.use("vertexai", "chunks=2", api_endpoint=vertex.address, credentials=account)
    yield lab
    visitors.leave(lab)


@pytest.mark.parametrize(("method", "plan"), [(method, plan) for method in METHODS for plan in plans(method)])
def test_every_method(lab: LabPage, upstream: OpenAIServer, method: str, plan: str) -> None:
    model = f"{plan},id=stop-{method}"
    lab.use("openai", model)
    lab.method(method)
    lab.send("hello")
    if plan == SLOW:
        expect(lab.text).to_have_text(TWO_WORDS)
    else:
        upstream.wait_for(lambda entry: plan == "stall_first" or entry.first_byte is not None, model, 30)
        expect(lab.stop).to_be_enabled()
    closed = stopped(lab, upstream, model)
    assert closed.finished is None
    assert closed.chunks < 160
    assert len(upstream.requests(model)) == 1
    expect(lab.fault).to_have_count(0)


def test_retry_edit_and_example(lab: LabPage, upstream: OpenAIServer) -> None:
    model = f"{SLOW},id=other-runs"
    lab.use("openai", model)
    lab.method("stream")

    def send() -> None:
        lab.send("hello")

    def retry() -> None:
        lab.page.get_by_role("button", name="Retry").click()

    def edit() -> None:
        lab.page.get_by_role("button", name="Edit").click()
        lab.page.locator("#chat textarea").fill("edited")
        lab.page.get_by_role("button", name="Submit").click()

    def example() -> None:
        lab.new_chat()
        lab.page.get_by_role("button", name="What is baseball?").click()
        # Gradio leaves the box open meanwhile: a message sent now would take the example's place.
        expect(lab.page.locator("#message")).to_have_js_property("inert", True)

    for number, begin in enumerate((send, retry, edit, example), start=1):
        begin()
        expect(lab.stop).to_be_enabled()
        expect(lab.text).to_have_text(TWO_WORDS)
        stopped(lab, upstream, model, number)
        expect(lab.users).to_have_count(1)


@pytest.mark.parametrize(
    ("method", "plan"),
    [
        *((method, plan) for method in METHODS[:3] for plan in ("chunks=200,rate=20", "stall_after=0")),
        ("invoke", "first=60"),
    ],
)
def test_vertex_ai_over_grpc(vertex_visitor: LabPage, vertex: StandIn, method: str, plan: str) -> None:
    lab = vertex_visitor
    lab.new_chat()
    vertex.forget()
    lab.use("vertexai", plan)
    lab.method(method)
    lab.send("hello")
    vertex.wait_for("request", seconds=60)
    expect(lab.stop).to_be_enabled()
    if "rate" in plan:
        expect(lab.text).to_have_text(TWO_WORDS)
    before = time.monotonic()
    lab.stop.click()
    after = vertex.wait_for("cancelled")["time"] - before
    print(f"vertexai, {method}, {plan}: cancelled {after * 1000:.0f} ms after the click")
    assert after < SECONDS
    assert "after Stop" in lab.done()


def stopped(lab: LabPage, upstream: OpenAIServer, model: str, requests: int = 1) -> Entry:
    """Click on Stop; the request that was closed by it."""
    before = time.monotonic()
    lab.stop.click()
    entry = upstream.wait_for(lambda entry: entry.closed is not None and entry.closed > before, model)
    assert entry.closed is not None
    line = lab.done()
    assert "after Stop" in line
    after = entry.closed - before
    print(f"{model}: closed {after * 1000:.0f} ms after the click; {line}")
    assert after < SECONDS
    assert len(upstream.requests(model)) == requests
    return entry
