"""The Lessons tab as its user sees it: the source that runs, lines with growing times, Stop, a fault."""

from __future__ import annotations

import re
import time

import pytest
from playwright.sync_api import Locator, expect

from components.lessons import lessons
from components.locale import Words
from tests.browser.lab_page import LabPage
from tests.servers.openai_api import OpenAIServer
from tests.servers.openai_plan import ENDLESS

FEW = 5


def choose(lab: LabPage, name: str) -> None:
    lab.page.locator("#lesson-list label", has_text=lessons()[name].told("en")[0]).first.click()
    expect(lab.page.locator("#lesson-text h2")).to_contain_text(lessons()[name].told("en")[0])
    expect(lab.page.locator("#lesson-source label")).to_contain_text(lessons()[name].file.name)


def begin(lab: LabPage) -> None:
    lab.page.locator("#run-lesson").click()
    expect(lab.page.locator("#stop-lesson")).to_be_enabled()


def rows(lab: LabPage) -> Locator:
    return lab.page.locator(".lesson-lines .line")


def ended(lab: LabPage) -> str:
    expect(lab.page.locator("#stop-lesson")).to_be_disabled()
    expect(lab.page.locator("#run-lesson")).to_be_enabled()
    figures = lab.page.locator(".lesson-said .figures")
    expect(figures).to_have_text(re.compile("done|failed|Stop"))
    return figures.inner_text()


def times(lab: LabPage) -> list[float]:
    """Milliseconds."""
    told = lab.page.locator(".lesson-lines .time").all_inner_texts()
    return [float(text.removesuffix(" ms")) for text in told]


@pytest.fixture
def lab(one_visitor: LabPage) -> LabPage:
    one_visitor.complaints.clear()
    return one_visitor


# First, as it is about the tab as it begins.
def test_the_embedded_model_by_keyboard(lab: LabPage) -> None:
    page = lab.page
    lab.use("local")
    lab.tab("Lessons")
    expect(page.locator(".lesson-lines")).to_contain_text(Words("en")("lesson_empty"))
    page.locator("#lesson-list input").first.focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator("#lesson-text h2")).to_contain_text(lessons()["astream"].told("en")[0])
    page.locator("#run-lesson").focus()
    page.keyboard.press("Enter")
    expect(rows(lab).nth(FEW)).to_be_visible()
    assert re.fullmatch(r"\d+ lines · done in .*", ended(lab))
    came = times(lab)
    assert came == sorted(came)
    assert came[-1] > 0
    assert "meanwhile the other task worked" in rows(lab).last.inner_text()

    for name in ("astream", "fastapi"):
        choose(lab, name)
        shown = page.locator("#lesson-source .cm-content")
        expect(shown).to_contain_text(lessons()[name].source.splitlines()[0])
        lines = page.locator("#lesson-source .cm-line").all_text_contents()
        assert "\n".join(lines).rstrip("\n") == lessons()[name].source.rstrip("\n")
    expect(page.locator(".lesson-lines")).to_contain_text(Words("en")("lesson_empty"))
    assert lab.complaints == []


def test_stop_another_lesson_and_a_failing_provider(lab: LabPage, upstream: OpenAIServer) -> None:
    page = lab.page
    model = f"{ENDLESS},id=lessons-tab"
    lab.use("openai", model)
    lab.tab("Lessons")
    expect(page.locator("#in-use")).to_contain_text(model)

    begin(lab)
    expect(rows(lab).nth(FEW)).to_be_visible()
    before = time.monotonic()
    page.locator("#stop-lesson").click()
    entry = upstream.wait_for(lambda entry: entry.closed is not None and entry.closed > before, model)
    assert entry.closed is not None
    print(f"closed {(entry.closed - before) * 1000:.0f} ms after the click")
    assert entry.finished is None
    assert re.fullmatch(
        r"kept \d+ lines; the model's connection was closed [\d.]+ m?s after Stop", ended(lab)
    )

    # Esc stops too.
    begin(lab)
    expect(rows(lab).nth(FEW)).to_be_visible()
    page.keyboard.press("Escape")
    assert "after Stop" in ended(lab)

    # What it asked, as code.
    page.locator("#code-of-lesson").click()
    expect(page.locator("#code-lesson .cm-content")).to_contain_text(f'model="{model}"')

    # Choosing another lesson ends the one that runs.
    begin(lab)
    expect(rows(lab).nth(FEW)).to_be_visible()
    before = time.monotonic()
    expect(page.locator("#code-lesson")).to_be_hidden()
    choose(lab, "string_parser")
    upstream.wait_for(lambda entry: entry.closed is not None and entry.closed > before, model)
    expect(page.locator(".lesson-lines")).to_contain_text(Words("en")("lesson_empty"))
    expect(page.locator("#run-lesson")).to_be_enabled()
    expect(page.locator("#stop-lesson")).to_be_disabled()

    page.locator("#lesson-own-box button").first.click()
    expect(page.locator("#lesson-own .cm-content")).to_contain_text(f'ChatOpenAI(model="{model}")')

    failing = "chunks=50,rate=50,drop_after=9,id=lessons-tab"
    lab.use("openai", failing)
    lab.tab("Lessons")
    page.locator("#run-lesson").click()
    assert re.fullmatch(r"\d+ lines · failed after .*", ended(lab))
    expect(page.locator(".lesson-said .fault")).to_contain_text("connection")
    expect(rows(lab).nth(3)).to_be_visible()
    assert lab.complaints == []
