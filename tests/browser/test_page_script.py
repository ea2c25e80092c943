"""What the page's own script adds to Gradio's page."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.lab_page import LabPage
from tests.servers.openai_api import OpenAIServer
from tests.servers.openai_plan import AS_SET, ENDLESS

TWO_WORDS = re.compile(r"\w+ \w+")
BUTTONS = "#chat .message-buttons-left button"


@pytest.fixture
def lab(one_visitor: LabPage) -> LabPage:
    return one_visitor


# Clicks Retry as soon as the reply that comes next has ended; what the page asked for until then takes long.
# From then on the fewest messages that are shown are counted.
RETRIES = """(buttons) => {
  const { fetch } = window;
  const chat = document.getElementById("chat");
  let began = false;
  let late = false;
  window.fetch = async (...asked) => {
    if (late) await new Promise((resolve) => setTimeout(resolve, 2000));
    return fetch(...asked);
  };
  const messages = chat.getElementsByClassName("user message");
  const count = () => (window.fewest = Math.min(window.fewest, messages.length));
  const look = () => {
    const { disabled } = document.querySelector("#stop");
    began ||= !disabled;
    late = began && disabled;
    const retry = late && [...document.querySelectorAll(buttons)].at(-2);
    if (!retry || retry.disabled) return setTimeout(look);
    window.fetch = fetch;
    window.fewest = Infinity;
    new MutationObserver(count).observe(chat, { subtree: true, childList: true });
    retry.click();
  };
  look();
}"""


# First, as nothing has been told then.
def test_a_screen_reader_is_told_the_end_and_not_every_token(lab: LabPage, upstream: OpenAIServer) -> None:
    expect(lab.page.locator("#chat [role=log]")).to_have_attribute("aria-live", "off")
    upstream.set("chunks=4")
    told = lab.page.locator(".spoken[role=status]")
    expect(told).to_be_empty()
    expect(told).to_have_text(lab.ask("hello"))


def test_no_other_conversation_is_opened_under_a_reply(lab: LabPage, upstream: OpenAIServer) -> None:
    upstream.set(ENDLESS)
    lab.send("hello")
    expect(lab.text).to_have_text(TWO_WORDS)
    past = lab.page.locator(".column[inert]")
    expect(past.get_by_text("New chat")).to_have_count(1)
    clear = lab.page.get_by_role("button", name="Clear", include_hidden=True)
    expect(clear).to_be_hidden()
    lab.stop.click()
    lab.done()
    expect(past).to_have_count(0)
    expect(clear).to_be_visible()
    lab.new_chat()


def test_the_next_message_is_written_while_a_reply_comes(lab: LabPage, upstream: OpenAIServer) -> None:
    upstream.set(ENDLESS)
    hint = lab.message.get_attribute("placeholder")
    lab.send("hello")
    lab.message.press_sequentially("and then")
    lab.message.press("Enter")
    expect(lab.text).to_have_text(TWO_WORDS)
    lab.message.press_sequentially("?")
    lab.message.press("Enter")
    expect(lab.page.locator("#message [inert]")).to_have_count(1)
    expect(lab.users).to_have_text(["hello"])
    lab.stop.click()
    lab.done(1)
    expect(lab.message).to_have_value("and then?")
    lab.message.press("Enter")
    expect(lab.users).to_have_text(["hello", "and then?"])
    expect(lab.message).to_have_attribute("placeholder", hint or "")
    expect(lab.stop).to_be_enabled()
    lab.stop.click()
    lab.done(2)
    names = "button => button.ariaLabel || button.title || button.innerText"
    buttons = lab.page.evaluate(f"[...document.querySelectorAll('{BUTTONS}')].map({names})")
    assert buttons[-2] == "Retry", f"static/conversations.js clicks one of {buttons}"
    lab.page.get_by_role("button", name="Retry").last.click()
    expect(lab.stop).to_be_enabled()
    lab.message.fill("and what else?")
    lab.stop.click()
    lab.done(2)
    expect(lab.message).to_have_value("and what else?")


def test_a_retry_as_soon_as_the_reply_has_ended(lab: LabPage, upstream: OpenAIServer) -> None:
    lab.new_chat()
    upstream.set("chunks=4")
    lab.ask("once")
    upstream.set("chunks=8,hold_after=4")
    before = len(upstream.requests(AS_SET))
    lab.page.evaluate(RETRIES, BUTTONS)
    lab.send("twice")
    expect(lab.stop).to_be_enabled()
    upstream.release(count=2)
    upstream.wait_for(lambda entry: len(upstream.requests(AS_SET)) == before + 2, AS_SET)
    lab.done(2)
    first, again = (entry.body["messages"] for entry in upstream.requests(AS_SET)[before:])
    assert [message["content"] for message in first] == ["once", lab.said.first.inner_text(), "twice"]
    assert again == first
    assert lab.page.evaluate("fewest") == 2
