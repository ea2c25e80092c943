"""A conversation as a visitor has it, at first with the embedded model."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from components.lessons import THEMES, lessons, versions
from components.locale import Words
from components.settings import METHODS
from tests.app_process import App
from tests.browser.lab_page import STREAMED, WHOLE, LabPage
from tests.servers.openai_api import OpenAIServer
from tests.servers.openai_plan import ENDLESS

KEPT = re.compile(r"kept \d+ chunks; the model's connection was closed [\d.]+ m?s after Stop")


@pytest.fixture
def lab(one_visitor: LabPage) -> LabPage:
    one_visitor.new_chat()
    return one_visitor


def test_a_newcomer_gets_a_reply_that_grows(open_page: Callable[..., LabPage], app: App) -> None:
    lab = open_page()
    lab.use("local")
    line = lab.ask("Tell me a short story about a parrot.")
    assert re.search(r"stream · first token [\d.]+ m?s · \d+ tokens/s · \d+ chunks · finish: ", line)
    assert WHOLE.search(line)

    lab.new_chat()
    lab.settings()
    lab.at_most(1900)
    lab.page.get_by_label("Temperature").fill("0")
    model = app.llama()
    model.suspend()
    try:
        lab.send("Write a very long story about the sea.")
        app.work_until(lambda: lab.has_said(r"\w+ \w+ \w+"))
        so_far = lab.text.inner_text()
        expect(lab.stop).to_be_enabled()
        app.work_until(lambda: lab.text.inner_text() != so_far)  # it grows
        lab.stop.click()
        assert KEPT.search(lab.done())
    finally:
        model.resume()
    assert lab.text.inner_text().startswith(so_far)
    lab.at_most(20)
    assert WHOLE.search(lab.ask("Say hello."))
    assert lab.complaints == []

    # Both conversations are kept in this browser.
    lab.page.reload()
    lab.opened()
    expect(lab.past).to_have_count(2)
    lab.past.filter(has_text="parrot").click()
    expect(lab.users).to_have_text(["Tell me a short story about a parrot."])


def test_every_method(lab: LabPage, upstream: OpenAIServer) -> None:
    upstream.set("chunks=10,rate=20")
    for method in METHODS[::-1]:  # so that the first one is in use at the end
        lab.method(method)
        line = lab.ask("Say hello.")
        assert line.startswith(f"{method} · ")
        assert line.endswith("arrived in one piece") if method == "invoke" else STREAMED.search(line), method
        lab.new_chat()


def test_stop_by_escape_says_what_it_stopped(lab: LabPage, upstream: OpenAIServer) -> None:
    upstream.set(ENDLESS)
    lab.send("hello")
    expect(lab.text).to_have_text(re.compile(r"\w+ \w+ \w+"))
    lab.page.keyboard.press("Escape")
    assert KEPT.search(lab.done())
    assert lab.text.inner_text()
    upstream.set("chunks=4")
    assert WHOLE.search(lab.ask("hello"))


def test_retry_undo_and_edit(lab: LabPage, upstream: OpenAIServer) -> None:
    upstream.set("chunks=4")
    lab.ask("Say hello.")
    upstream.set("hold_after=4")
    lab.page.get_by_role("button", name="Retry").click()
    expect(lab.stop).to_be_enabled()
    upstream.release()
    lab.done()
    expect(lab.users).to_have_count(1)

    upstream.set(ENDLESS)
    lab.page.get_by_role("button", name="Edit").click()
    lab.page.locator("#chat textarea").fill("Write a very long story about the sea.")
    lab.page.get_by_role("button", name="Submit").click()
    expect(lab.stop).to_be_enabled()
    expect(lab.text).to_have_text(re.compile(r"\w+ \w+ \w+"))
    lab.stop.click()  # edited messages can be stopped as well
    assert "after Stop" in lab.done()
    expect(lab.users).to_have_text(["Write a very long story about the sea."])

    lab.page.get_by_role("button", name="Undo").click()
    expect(lab.users).to_have_count(0)
    expect(lab.message).to_have_value("Write a very long story about the sea.")


def test_the_conversation_is_remembered(lab: LabPage, upstream: OpenAIServer) -> None:
    upstream.set("echo")
    lab.ask("first question")
    lab.ask("second question")
    said = lab.text.inner_text()
    assert said.index("first question") < said.index("second question")
    assert "first token" not in said.replace('"content"', "")  # lines are shown, never sent


@pytest.mark.parametrize(
    ("locale", "stop", "new", "word", "language"),
    [
        ("ja-JP", "停止", "新しい会話", "最初のトークン", "ja"),
        ("zh-CN", "停止", "新对话", "首个", "zh-CN"),
        ("fr-FR", "Stop", "New chat", "first token", "en"),
    ],
)
def test_the_browser_s_language(
    open_page: Callable[..., LabPage],
    upstream: OpenAIServer,
    locale: str,
    stop: str,
    new: str,
    word: str,
    language: str,
) -> None:
    upstream.set("chunks=4")
    lab = open_page(locale=locale)
    expect(lab.stop).to_have_text(stop)
    expect(lab.page.get_by_role("button", name=new)).to_be_visible()
    example = Words(language)("example_1")
    lab.page.get_by_role("button", name=example).click()
    expect(lab.line).to_contain_text(word)
    expect(lab.users).to_have_text([example])
    if language == "ja":
        lessons_in(lab, language)


def lessons_in(lab: LabPage, language: str) -> None:
    """They stand under their themes; one of all is chosen, and told in the reader's language."""
    page, words = lab.page, Words(language)
    lab.tab(words("tab_lessons"))
    for theme in THEMES:
        of_it = [lesson for lesson in lessons().values() if lesson.theme == theme]
        titles = [f"{lesson.number}  {lesson.told(language)[0]}" for lesson in of_it]
        group = page.locator(f"#lesson-theme-{theme}")
        expect(group.get_by_text(words(f"lesson_theme_{theme}"), exact=True)).to_be_visible()
        expect(group.locator("label")).to_have_text(titles)
    for lesson in (lessons()["held_back"], lessons()["json_grows"]):
        title, text = lesson.told(language)
        page.locator(f"#lesson-theme-{lesson.theme} label", has_text=title).click()
        shown = page.locator("#lesson-text")
        expect(shown.locator("h2")).to_have_text(f"{lesson.number} {title}")
        expect(shown).to_contain_text(text.split("`")[0].split("\n")[0])
        held = ", ".join(" ".join(one) for one in versions()[lesson.name].items())
        expect(shown).to_contain_text(words("lesson_held", versions=held))
        expect(page.locator("#lesson-list input:checked")).to_have_count(1)
        # The code stays one.
        expect(page.locator("#lesson-source .cm-content")).to_contain_text(lesson.told("en")[0])


def test_a_link_with_a_query_leads_to_the_same_page(
    open_at: Callable[..., LabPage], app: App, upstream: OpenAIServer
) -> None:
    lab = open_at(f"{app.url}/?from=a-link")
    upstream.set("chunks=4")
    assert WHOLE.search(lab.ask("hello"))
    assert lab.complaints == []
