"""Japanese, Chinese and Korean are written with keys that the page must leave to the input method."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import CDPSession, Locator, expect

from tests.browser.events_page import EventsPage
from tests.browser.lab_page import LabPage
from tests.servers.openai_api import OpenAIServer
from tests.servers.openai_plan import AS_SET, ENDLESS

WORD = "こんにちは"
PROCESSED = 229  # the code of a key that the input method takes
# As Safari tells of the key that ends a conversion: when the conversion has ended.
SAFARI = """(field, [key, code, text]) => {
  field.dispatchEvent(new CompositionEvent("compositionstart", { bubbles: true }));
  field.value += text;
  field.dispatchEvent(new InputEvent("input", { bubbles: true, data: text, isComposing: true }));
  field.dispatchEvent(new CompositionEvent("compositionend", { bubbles: true, data: text }));
  const init = { key, code: key, keyCode: code, which: code, bubbles: true, cancelable: true };
  field.dispatchEvent(new KeyboardEvent("keydown", init));
  field.dispatchEvent(new KeyboardEvent("keypress", { ...init, keyCode: 13, which: 13 }));
  field.dispatchEvent(new KeyboardEvent("keyup", init));
}"""


@pytest.fixture
def wire(one_visitor: LabPage) -> CDPSession:
    return one_visitor.page.context.new_cdp_session(one_visitor.page)


@pytest.fixture
def lab(one_visitor: LabPage) -> LabPage:
    one_visitor.tab("Chat")
    one_visitor.new_chat()
    return one_visitor


def compose(wire: CDPSession, key: str) -> None:
    """Write the word as Chromium does, and end the conversion by a key."""
    for end in range(1, len(WORD) + 1):
        composed = {"text": WORD[:end], "selectionStart": end, "selectionEnd": end}
        wire.send("Input.imeSetComposition", composed)
    pressed = {"key": key, "code": key, "windowsVirtualKeyCode": PROCESSED}
    wire.send("Input.dispatchKeyEvent", {"type": "rawKeyDown", **pressed})
    wire.send("Input.insertText", {"text": WORD})
    wire.send("Input.dispatchKeyEvent", {"type": "keyUp", **pressed})


def in_two_ways(field: Locator, wire: CDPSession, key: str) -> None:
    field.focus()
    compose(wire, key)
    field.evaluate(SAFARI, [key, PROCESSED, WORD])
    expect(field).to_have_value(WORD * 2)


def test_enter_sends_when_nothing_is_converted_any_more(
    lab: LabPage, wire: CDPSession, upstream: OpenAIServer
) -> None:
    upstream.set("echo")
    upstream.reset()
    in_two_ways(lab.message, wire, "Enter")
    lab.message.press("Enter")
    lab.done(1)
    expect(lab.users).to_have_text([WORD * 2])
    assert [entry.body["messages"][-1]["content"] for entry in upstream.requests(AS_SET)] == [WORD * 2]


def test_a_lesson_s_prompt(one_visitor: LabPage, wire: CDPSession, upstream: OpenAIServer) -> None:
    lab = one_visitor
    upstream.set("chunks=4")
    lab.tab("Lessons")
    upstream.reset()
    prompt = lab.page.locator("#lesson-prompt textarea, #lesson-prompt input").first
    prompt.fill("")
    in_two_ways(prompt, wire, "Enter")
    expect(lab.page.locator("#run-lesson")).to_be_enabled()
    prompt.press("Enter")
    expect(lab.page.locator(".lesson-said .figures")).to_have_text(re.compile("done in"))
    assert WORD * 2 in str(upstream.requests(AS_SET)[0].body["messages"])
    assert len({str(entry.body["messages"]) for entry in upstream.requests(AS_SET)}) == 1


@pytest.mark.parametrize("tab", ["Chat", "JSON", "Events"])
def test_esc_ends_a_conversion_and_no_run(
    one_visitor: LabPage, wire: CDPSession, upstream: OpenAIServer, tab: str
) -> None:
    lab = one_visitor
    upstream.set(ENDLESS)
    lab.tab(tab)
    if tab == "Chat":
        lab.new_chat()
        lab.send("hello")
        stop = lab.stop
        field = lab.page.get_by_label("System prompt")
        lab.settings()
    else:
        lab.page.locator(f"#run-{tab.lower()}").click()
        stop = lab.page.locator(f"#stop-{tab.lower()}")
        field = lab.page.locator(f"#{tab.lower()}-prompt textarea, #{tab.lower()}-prompt input").first
        if tab == "Events":  # whose form folds as the run begins
            expect(field).to_be_hidden()
            EventsPage(lab).unfold("form")
        field.fill("")
    expect(stop).to_be_enabled()
    in_two_ways(field, wire, "Escape")
    expect(stop).to_be_enabled()
    field.fill("")
    lab.page.keyboard.press("Escape")
    expect(stop).to_be_disabled()
    if tab == "Chat":
        assert "after Stop" in lab.done()
        lab.settings()
