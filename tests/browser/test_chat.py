"""A conversation as a visitor has it, with the embedded model."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from components.settings import METHODS
from tests.browser.lab_page import WHOLE, LabPage


def test_a_newcomer_gets_a_reply_that_grows(lab: LabPage) -> None:
    lab.send("Tell me a short story about a parrot.")
    expect(lab.stop).to_be_enabled()
    expect(lab.text).to_have_text(re.compile(r"\w+ \w+"))
    first = lab.text.inner_text()
    line = lab.done()
    assert len(lab.text.inner_text()) > len(first)
    assert re.search(r"stream · first token [\d.]+ m?s · \d+ tokens/s · \d+ chunks · finish: ", line)
    assert WHOLE.search(line)
    assert lab.complaints == []


def test_every_method(lab: LabPage) -> None:
    # Not of the embedded model: on a busy machine its few words may well come at once.
    lab.use("openai", "chunks=10,rate=20")
    for method in METHODS:
        lab.method(method)
        line = lab.ask("Say hello.")
        assert line.startswith(method)
        assert line.endswith("arrived in one piece" if method == "invoke" else "streamed"), method
        lab.new_chat()


def test_stop_says_what_it_stopped(lab: LabPage) -> None:
    def escape() -> None:
        lab.page.keyboard.press("Escape")

    for stop in (lab.stop.click, escape):
        lab.send("Write a very long story about the sea.")
        expect(lab.text).to_have_text(re.compile(r"\w+ \w+ \w+"))
        stop()
        line = lab.done()
        assert re.search(r"kept \d+ chunks; the model's connection was closed [\d.]+ m?s after Stop", line)
        assert lab.text.inner_text()
        assert WHOLE.search(lab.ask("Say hello."))
        lab.new_chat()


def test_retry_undo_and_edit(lab: LabPage) -> None:
    lab.use("openai", "chunks=60,rate=20")  # the embedded model may be done before Stop is looked at
    lab.ask("Say hello.")
    users = lab.page.locator("#chat .user.message")
    lab.page.get_by_role("button", name="Retry").click()
    expect(lab.stop).to_be_enabled()
    lab.done()
    expect(users).to_have_count(1)

    lab.page.get_by_role("button", name="Edit").click()
    lab.page.locator("#chat textarea").fill("Write a very long story about the sea.")
    lab.page.get_by_role("button", name="Submit").click()
    expect(lab.stop).to_be_enabled()
    expect(lab.text).to_have_text(re.compile(r"\w+ \w+ \w+"))
    lab.stop.click()  # edited messages can be stopped as well
    assert "after Stop" in lab.done()
    expect(users).to_have_text(["Write a very long story about the sea."])

    lab.page.get_by_role("button", name="Undo").click()
    expect(users).to_have_count(0)
    expect(lab.message).to_have_value("Write a very long story about the sea.")


def test_the_conversation_is_remembered(lab: LabPage) -> None:
    lab.use("openai", "echo")
    lab.ask("first question")
    lab.ask("second question")
    said = lab.text.inner_text()
    assert said.index("first question") < said.index("second question")
    assert "first token" not in said.replace('"content"', "")  # lines are shown, never sent


def test_examples_stand_in_the_page_s_language(open_page: Callable[..., LabPage]) -> None:
    lab = open_page()
    lab.page.get_by_role("button", name="What is baseball?").click()
    lab.done()
    expect(lab.page.locator("#chat .user.message")).to_have_text(["What is baseball?"])


def test_conversations_are_kept_in_this_browser(lab: LabPage) -> None:
    lab.ask("Say hello.")
    lab.page.reload()
    expect(lab.message).to_be_visible()
    lab.page.get_by_role("gridcell", name="Say hello.").click()
    expect(lab.page.locator("#chat .user.message")).to_have_text(["Say hello."])


@pytest.mark.parametrize(
    ("locale", "stop", "new", "word"),
    [
        ("ja-JP", "停止", "新しい会話", "最初のトークン"),
        ("zh-CN", "停止", "新对话", "首个"),
        ("fr-FR", "Stop", "New chat", "first token"),
    ],
)
def test_the_browser_s_language(
    open_page: Callable[..., LabPage], locale: str, stop: str, new: str, word: str
) -> None:
    lab = open_page(locale=locale)
    expect(lab.stop).to_have_text(stop)
    expect(lab.page.get_by_role("button", name=new)).to_be_visible()
    lab.send("Say hello.")
    expect(lab.line).to_contain_text(word)
