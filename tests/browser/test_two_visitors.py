"""Visitors don't touch each other's replies, and whoever leaves takes the model's connection along."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.app_process import App
from tests.browser.lab_page import LabPage
from tests.browser.visitors import Visitors
from tests.servers.openai_api import OpenAIServer
from tests.servers.openai_connection import Entry
from tests.servers.openai_plan import AS_SET, AS_TOLD, ENDLESS, pieces

TWO_WORDS = re.compile(r"\w+ \w+")
HELD = "chunks=50,rate=20,hold_after=20,id="
Pages = tuple[LabPage, LabPage, LabPage]


@pytest.fixture(scope="module")
def pages(visitors: Visitors, app: App, upstream: OpenAIServer) -> Iterator[Pages]:
    """Two tabs of one visitor, and another visitor; the model does what the message says."""
    one, other = (visitors.open(app.url) for _ in range(2))
    second = LabPage(one.page.context.new_page(), app.url)
    upstream.set(AS_TOLD)
    yield one, second, other
    for lab in (one, other):
        visitors.leave(lab)


def send(plans: dict[LabPage, str]) -> None:
    """In all of them, until all are being answered."""
    for lab, plan in plans.items():
        lab.page.bring_to_front()
        lab.send(plan)
    for lab in plans:
        expect(lab.text).to_have_text(TWO_WORDS)


def test_stopping_one_leaves_the_other_and_the_other_tab(pages: Pages, upstream: OpenAIServer) -> None:
    one, second, other = pages
    plans = {one: ENDLESS, second: f"{HELD}second", other: f"{HELD}other"}
    send(plans)
    one.page.bring_to_front()
    one.stop.click()
    assert "after Stop" in one.done()
    for lab in (second, other):
        expect(lab.stop).to_be_enabled()  # it is still running
    for lab, name in ((second, "second"), (other, "other")):
        upstream.release(name)
        assert "finish: stop" in lab.done()
    expect(one.line).to_contain_text("after Stop")
    for lab, plan in plans.items():
        expect(lab.users).to_have_text([plan])


def test_one_s_fault_leaves_the_other(pages: Pages, upstream: OpenAIServer) -> None:
    one, _, other = pages
    for lab in (one, other):
        lab.page.bring_to_front()
        lab.new_chat()
    send({other: f"{HELD}whole", one: "drop_after=10,rate=10"})
    assert "failed" in one.done()
    expect(other.stop).to_be_enabled()
    upstream.release("whole")
    assert "finish: stop" in other.done()
    expect(other.said).to_have_text(["".join(pieces("lorem", 50))])
    expect(other.fault).to_have_count(0)
    expect(other.try_again).to_be_hidden()


# The last ones, as the pages are closed.
@pytest.mark.parametrize(
    ("page", "method", "plan"),
    [
        (0, "stream", ENDLESS),
        (1, "stream", "stall_headers"),
        (2, "astream", "stall_first"),
    ],
)
def test_who_leaves_takes_the_connection_along(
    pages: Pages, upstream: OpenAIServer, page: int, plan: str, method: str
) -> None:
    lab = pages[page]
    leaves(lab, upstream, "reload", plan, method)
    lab.opened()
    leaves(lab, upstream, "close", plan, method)


def leaves(lab: LabPage, upstream: OpenAIServer, leave: str, plan: str, method: str) -> None:
    upstream.reset()
    message = f"{plan},id={leave}-{method}"
    lab.page.bring_to_front()
    lab.new_chat()
    lab.method(method)
    lab.send(message)
    upstream.wait_for(lambda entry: True, AS_SET)
    if plan == ENDLESS:
        expect(lab.text).to_have_text(TWO_WORDS)
    if leave == "close":
        lab.page.close()
    else:
        lab.page.reload()
    entry = upstream.wait_for(lambda entry: entry.closed is not None, AS_SET)
    assert entry.finished is None
    assert [asked(entry) for entry in upstream.requests(AS_SET)] == [message]


def asked(entry: Entry) -> str:
    """The message."""
    return str(entry.body["messages"][-1]["content"])
