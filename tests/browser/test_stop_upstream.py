"""Stop ends the model's work: from just before the click to the upstream's connection being closed."""

from __future__ import annotations

import re
import time

import pytest
from playwright.sync_api import expect

from components.settings import METHODS
from tests.browser.lab_page import LabPage
from tests.servers.openai_api import OpenAIServer
from tests.servers.openai_connection import Entry
from tests.servers.openai_plan import AS_SET, ENDLESS

TWO_WORDS = re.compile(r"\w+ \w+")


# `invoke` asks for one piece: it is in mid-reply when half of that has come. Each method in each place is in
# tests/test_stop.py.
PLANS = [(method, "stall_after=20" if method == "invoke" else ENDLESS) for method in METHODS]
PLANS += [("stream", "stall_first"), ("astream", "stall_headers")]


@pytest.fixture
def lab(one_visitor: LabPage, upstream: OpenAIServer) -> LabPage:
    upstream.reset()
    one_visitor.new_chat()
    return one_visitor


@pytest.mark.parametrize(("method", "plan"), PLANS)
def test_every_method(lab: LabPage, upstream: OpenAIServer, method: str, plan: str) -> None:
    upstream.set(plan)
    lab.method(method)
    lab.send("hello")
    if plan == ENDLESS:
        expect(lab.text).to_have_text(TWO_WORDS)
    else:
        upstream.wait_for(lambda entry: plan == "stall_first" or entry.first_byte is not None, AS_SET)
        expect(lab.stop).to_be_enabled()
    closed = stopped(lab, upstream, f"{method}, {plan}")
    assert closed.finished is None
    assert closed.chunks < 160
    assert len(upstream.requests(AS_SET)) == 1
    expect(lab.fault).to_have_count(0)


def test_retry_edit_and_example(lab: LabPage, upstream: OpenAIServer) -> None:
    upstream.set(ENDLESS)
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
        expect(lab.page.locator("#message .submit-button")).to_have_js_property("inert", True)

    for number, begin in enumerate((send, retry, edit, example), start=1):
        begin()
        expect(lab.stop).to_be_enabled()
        expect(lab.text).to_have_text(TWO_WORDS)
        stopped(lab, upstream, begin.__name__, number)
        expect(lab.users).to_have_count(1)


def stopped(lab: LabPage, upstream: OpenAIServer, what: str, requests: int = 1) -> Entry:
    """Click on Stop; the request that was closed by it."""
    before = time.monotonic()
    lab.stop.click()
    entry = upstream.wait_for(lambda entry: entry.closed is not None and entry.closed > before, AS_SET)
    assert entry.closed is not None
    line = lab.done()
    assert "after Stop" in line
    print(f"{what}: closed {(entry.closed - before) * 1000:.0f} ms after the click; {line}")
    assert len(upstream.requests(AS_SET)) == requests
    return entry
