"""Visitors don't touch each other's replies, and whoever leaves takes the model's connection along."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.lab_page import LabPage
from tests.servers.openai_api import OpenAIServer
from tests.servers.openai_plan import pieces

TWO_WORDS = re.compile(r"\w+ \w+")


def test_stopping_one_leaves_the_other(open_page: Callable[..., LabPage]) -> None:
    one, other = open_page(), open_page()
    one.use("openai", "chunks=160,rate=20,id=one")
    other.use("scripted", delay="0", rate="20", length="80")
    one.send("hello")
    other.send("hello")
    for lab in (one, other):
        expect(lab.text).to_have_text(TWO_WORDS)
    one.stop.click()
    assert "after Stop" in one.done()
    expect(other.stop).to_be_enabled()  # it is still running
    assert other.done().endswith("finish: stop · streamed")
    assert "after Stop" in one.line.inner_text()


def test_one_s_fault_leaves_the_other(open_page: Callable[..., LabPage]) -> None:
    one, other = open_page(), open_page()
    one.use("openai", "drop_after=10,rate=10,id=breaks")
    other.use("openai", "chunks=45,rate=12,id=whole")
    other.send("hello")
    one.send("hello")
    for lab in (one, other):
        expect(lab.text).to_have_text(TWO_WORDS)
    assert "failed" in one.done()
    expect(other.stop).to_be_enabled()
    assert other.done().endswith("finish: stop · streamed")
    expect(other.said).to_have_text(["".join(pieces("lorem", 45))])
    expect(other.fault).to_have_count(0)
    expect(other.try_again).to_be_hidden()


def test_two_tabs_of_one_visitor(lab: LabPage, open_at: Callable[..., LabPage]) -> None:
    second = LabPage(lab.page.context.new_page(), lab.page.url)
    lab.use("openai", "chunks=1000,rate=20,id=first-tab")
    second.use("openai", "chunks=60,rate=20,id=second-tab")
    lab.send("in the first tab")
    second.send("in the second tab")
    for tab in (lab, second):
        expect(tab.text).to_have_text(TWO_WORDS)
    lab.page.bring_to_front()
    lab.stop.click()
    assert "after Stop" in lab.done()
    assert second.done().endswith("finish: stop · streamed")
    expect(second.users).to_have_text(["in the second tab"])
    expect(lab.users).to_have_text(["in the first tab"])


@pytest.mark.parametrize(
    ("method", "plan"),
    [
        ("stream", "chunks=160,rate=10"),
        ("stream", "stall_headers"),
        ("astream", "stall_first"),
    ],
)
def test_who_leaves_takes_the_connection_along(
    lab: LabPage, upstream: OpenAIServer, plan: str, method: str
) -> None:
    leaves(lab, upstream, "reload", plan, method)
    lab.opened()
    leaves(lab, upstream, "close", plan, method)


def leaves(lab: LabPage, upstream: OpenAIServer, leave: str, plan: str, method: str) -> None:
    model = f"{plan},id={leave}-{method}"
    lab.use("openai", model)
    lab.method(method)
    lab.send("hello")
    upstream.wait_for(lambda entry: True, model, seconds=30)
    if "first" not in plan and "headers" not in plan:
        expect(lab.text).to_have_text(TWO_WORDS)
    left = time.monotonic()
    if leave == "close":
        lab.page.close()
    else:
        lab.page.reload()
    entry = upstream.wait_for(lambda entry: entry.closed is not None, model, seconds=30)
    assert entry.closed is not None
    print(f"{leave}, {method}, {plan}: closed {(entry.closed - left) * 1000:.0f} ms after the visitor left")
    assert entry.finished is None
    assert entry.closed - left < 10
    assert len(upstream.requests(model)) == 1
