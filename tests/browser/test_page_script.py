"""What the page's own script adds to Gradio's page."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.lab_page import LabPage

TWO_WORDS = re.compile(r"\w+ \w+")
SLOW = "chunks=160,rate=20"


@pytest.fixture
def lab(one_visitor: LabPage) -> LabPage:
    return one_visitor


# First, as nothing has been told then.
def test_a_screen_reader_is_told_the_end_and_not_every_token(lab: LabPage) -> None:
    expect(lab.page.locator("#chat [role=log]")).to_have_attribute("aria-live", "off")
    lab.use("openai", "chunks=4")
    told = lab.page.locator(".spoken[role=status]")
    expect(told).to_be_empty()
    expect(told).to_have_text(lab.ask("hello"))


def test_no_other_conversation_is_opened_under_a_reply(lab: LabPage) -> None:
    lab.use("openai", f"{SLOW},id=stays")
    lab.send("stay")
    expect(lab.text).to_have_text(TWO_WORDS)
    lab.page.get_by_role("button", name="New chat").click()
    lab.past.first.click()
    lab.stop.click()
    lab.done()
    expect(lab.users.last).to_have_text("stay")
    lab.new_chat()


def test_values_are_copied_as_the_browser_copies_them(lab: LabPage) -> None:
    copied = """() => {
        const given = { text: "", list: [1, undefined, null], at: new Date(0), map: new Map([[1, {}]]) };
        given.itself = given;
        const copy = structuredClone(given);
        const refused = (value) => { try { structuredClone(value); } catch (error) { return error.name; } };
        return {
            plain: ["", 0, false, null, undefined, 10n].every((value) => structuredClone(value) === value),
            deep: copy.itself === copy && copy.at.getTime() === 0 && copy.map.get(1) !== given.map.get(1),
            refused: [refused(() => {}), refused({ inside: () => {} }), refused(Symbol())],
        };
    }"""
    assert lab.page.evaluate(copied) == {"plain": True, "deep": True, "refused": ["DataCloneError"] * 3}


def test_a_message_keeps_its_direction_while_it_grows(lab: LabPage) -> None:
    lab.use("openai", "chunks=60,rate=30")
    lab.send("hello")
    expect(lab.text).to_have_text(TWO_WORDS)
    lab.page.evaluate("""() => {
        const message = document.querySelector("#chat .bot [dir]");
        message.dir = "rtl"; // the page still sets what is another
        window.turned = message.getAttribute("dir");
        window.written = 0;
        const watching = new MutationObserver((some) => (window.written += some.length));
        watching.observe(message.parentElement, { subtree: true, attributeFilter: ["dir"] });
        message.dir = "ltr";
    }""")
    lab.done()
    assert lab.page.evaluate("[window.turned, window.written]") == ["rtl", 1]


def test_no_component_but_the_conversation_is_told_how_far_an_event_is(lab: LabPage) -> None:
    config = lab.page.evaluate("window.gradio_config")
    chat = [part["id"] for part in config["components"] if part["type"] == "chatbot"]
    told = [event["show_progress_on"] for event in config["dependencies"]]
    assert len(chat) == 1
    assert chat in told
    assert all(parts in ([], chat) for parts in told)


def test_one_request_gets_a_reply_and_the_next_message_can_be_written_meanwhile(
    open_page: Callable[..., LabPage],
) -> None:
    lab = open_page()
    lab.use("openai", "chunks=30,rate=15")
    asked: list[str] = []
    lab.page.on("request", lambda sent: asked.append(sent.url) if sent.method == "POST" else None)
    lab.send("hello")
    expect(lab.stop).to_be_enabled()
    lab.send("and then?")
    lab.done()
    expect(lab.past).to_have_text(["hello"])
    expect(lab.users).to_have_text(["hello"])
    expect(lab.message).to_have_value("and then?")
    assert [url.rpartition("/gradio_api/")[2].partition("?")[0] for url in asked] == ["queue/join"]
    lab.message.press("Enter")
    lab.done(2)
    expect(lab.users).to_have_text(["hello", "and then?"])
