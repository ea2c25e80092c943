"""What is copied is what was said, also where a browser keeps the clipboard from the page."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Locator, expect

from tests.app_process import ROOT, App
from tests.browser.lab_page import LOOK, LabPage
from tests.browser.visitors import Visitors
from tests.servers.openai_api import OpenAIServer

HOLDS = "async (text) => (await navigator.clipboard.readText()) === text"
CLIPBOARD = ["clipboard-read", "clipboard-write"]


@pytest.fixture(scope="module", params=["127.0.0.1", "0.0.0.0"], ids=["trusted", "plain http"])
def lab(visitors: Visitors, app: App, request: pytest.FixtureRequest) -> Iterator[LabPage]:
    """At this machine's loopback address, which browsers trust, and at one that they don't."""
    lab = visitors.open(app.url.replace("127.0.0.1", request.param), permissions=CLIPBOARD)
    assert lab.page.evaluate("isSecureContext") is (request.param == "127.0.0.1")
    yield lab
    visitors.leave(lab)


@pytest.fixture
def copies(lab: LabPage, app: App) -> Iterator[Callable[[Locator, str], None]]:
    """Clicks a button, and waits until the clipboard holds that text: only a trusted page may read it."""
    other = lab.page.context.new_page()
    other.goto(f"{app.url}/healthz")
    # A page behind another is drawn once a second.
    lab.page.bring_to_front()

    def click(button: Locator, text: str) -> None:
        other.evaluate("navigator.clipboard.writeText('nothing yet')")
        button.click()
        other.wait_for_function(HOLDS, arg=text, polling=LOOK)

    yield click
    other.close()


Copies = Callable[[Locator, str], None]


def test_a_conversation(lab: LabPage, upstream: OpenAIServer, copies: Copies) -> None:
    """What was said, as it was written: the figures and faults under it are nobody's words."""
    lab.tab("Chat")
    lab.new_chat()
    upstream.set("recite")
    asked, said = json.dumps(["**Two**\n\n- `li", "nes` 😀 <b>"]), "**Two**\n\n- `lines` 😀 <b>"
    lab.ask(asked)
    upstream.set("chunks=3")
    lab.ask("more")
    upstream.set("status=401")
    lab.ask("why?")
    replies = lab.page.locator("#chat .message-buttons-left").get_by_role("button", name="Copy message")
    copies(replies.nth(0), said)
    copies(replies.nth(1), "Lorem ipsum dolor")
    copies(replies.nth(2), lab.fault.inner_text())
    mine = lab.page.locator("#chat .message-buttons-right").get_by_role("button", name="Copy message")
    copies(mine.first, asked)
    turns = [("user", asked), ("assistant", said), ("user", "more"), ("assistant", "Lorem ipsum dolor")]
    whole = "\n\n".join(f"{role}: {text}" for role, text in [*turns, ("user", "why?")])
    copies(lab.page.locator("#copy-conversation"), whole)


def test_what_stands_elsewhere(lab: LabPage, upstream: OpenAIServer, copies: Copies) -> None:
    upstream.set("recite")
    document = '{"a": "\\u00e9\\n"}'
    lab.tab("JSON")
    lab.page.locator("#json-prompt textarea").fill(json.dumps(["Here:\r\n", document]))
    lab.page.locator("#run-json").click()
    expect(lab.page.locator(".json-said .verdict")).to_be_visible()
    copies(lab.page.locator('[data-pane="text"] [data-do="copy"]'), f"Here:\r\n{document}")

    upstream.set("chunks=3")
    lab.tab("Events")
    lab.page.locator("#run-events").click()
    expect(lab.page.locator(".ev-said")).to_contain_text("finish: stop")
    # The log follows its end.
    lab.page.locator(".ev-list").press("Home")
    lab.page.locator(".ev-row:not([hidden])", has_text="lab_attempt").click()
    whole = lab.page.locator(".ev-whole pre")
    expect(whole).to_contain_text('"phase": "attempt"')
    copies(lab.page.locator(".ev-whole [data-do=copy]"), whole.inner_text())

    lab.tab("Lessons")
    source = lab.page.locator("#lesson-source")
    file = ROOT / source.get_by_text("components/lessons/").inner_text()
    copies(source.get_by_role("button", name="Copy"), file.read_text("utf-8"))
    assert lab.complaints == []
