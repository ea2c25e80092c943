"""An app of its own: without the weights it would begin with, and free to say much."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from components.locale import Words
from components.locale.report import sentences
from components.streaming import Fault
from tests.app_process import NO_WEIGHTS, App, running
from tests.browser.events_page import EventsPage
from tests.browser.faults import says
from tests.browser.lab_page import STREAMED, LabPage
from tests.servers.openai_api import OpenAIServer
from tests.servers.openai_plan import pieces


@pytest.fixture(scope="module")
def app(upstream: OpenAIServer) -> Iterator[App]:
    with running(
        LOCAL_MODEL=NO_WEIGHTS,
        MAX_TOKENS="100000",
        OPENAI_BASE_URL=upstream.base_url,
        OPENAI_API_KEY="sk-good",
    ) as app:
        yield app


@pytest.fixture
def lab(one_visitor: LabPage) -> LabPage:
    one_visitor.new_chat()
    one_visitor.complaints.clear()
    return one_visitor


# First, as it is about the page as it begins.
def test_weights_that_are_not_there(lab: LabPage) -> None:
    missing = Fault("weights_missing", {"detail": f"LOCAL_MODEL is {NO_WEIGHTS}, and there is no such file."})
    happened = sentences(Words("en"), missing)
    expect(lab.page.locator("#in-use .fault")).to_have_text(" ".join(happened))
    assert "failed" in lab.ask("hello")
    says(lab, missing)
    lab.use("scripted", delay="0", rate="0", length="20")
    assert "finish: stop" in lab.ask_again()


def test_twenty_thousand_events(lab: LabPage) -> None:
    lab.use("scripted", delay="0", rate="0", length="6700")
    events = EventsPage(lab)
    events.run()
    events.ended()
    gone = events.page.locator(".ev-gone").inner_text()
    assert int(gone.split()[0]) + int(events.count()) > 20_000
    assert events.page.locator(".ev-row").count() < 100
    assert lab.complaints == []
    lab.tab("Chat")


def test_a_reply_of_200_000_characters(lab: LabPage, upstream: OpenAIServer) -> None:
    chunks = 31_000
    whole = "".join(pieces("lorem", chunks))
    assert len(whole) > 200_000
    lab.use("openai", f"chunks={chunks}")
    line = lab.ask("hello")
    assert STREAMED.search(line)
    assert lab.text.inner_text().strip() == whole
    lab.use("openai", "chunks=4")
    assert "finish: stop" in lab.ask("and now?")
    assert lab.complaints == []
