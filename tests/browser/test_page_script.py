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
    lab.send("hello")
    expect(lab.text).to_have_text(TWO_WORDS)
    past = lab.page.locator(".column[inert]")
    expect(past.get_by_text("New chat")).to_have_count(1)
    lab.stop.click()
    lab.done()
    expect(past).to_have_count(0)
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


def test_the_field_is_locked_and_conversations_are_listed_without_the_server(
    open_page: Callable[..., LabPage],
) -> None:
    lab = open_page()
    lab.use("openai", "chunks=30,rate=15")
    hint = lab.message.get_attribute("placeholder")
    asked: list[str] = []
    lab.page.on("request", lambda sent: asked.append(sent.url) if sent.method == "POST" else None)
    lab.send("hello")
    expect(lab.message).to_be_disabled()
    lab.done()
    expect(lab.past).to_have_text(["hello"])
    # What was typed is taken, shown, answered, and of the whole one copy kept by each side.
    assert [url.rpartition("/gradio_api/")[2].partition("?")[0] for url in asked] == [
        *("run/predict", "run/predict", "queue/join", "run/predict", "run/predict")
    ]
    lab.page.get_by_role("button", name="Retry").click()
    expect(lab.stop).to_be_enabled()
    lab.done()
    assert lab.message.get_attribute("placeholder") == hint
