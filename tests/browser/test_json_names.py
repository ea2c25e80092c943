"""The names example on the JSON tab: a step that waits beside one that streams, over their sources."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, expect

from components.lessons import lessons
from components.tabs.json_tab import LESSONS
from tests.browser.lab_page import LabPage


@pytest.fixture
def lab(one_visitor: LabPage) -> LabPage:
    one_visitor.complaints.clear()
    return one_visitor


def run(lab: LabPage) -> None:
    lab.tab("JSON")
    if not lab.page.locator("#run-names").is_visible():
        lab.page.locator("#names").get_by_role("button", name="A step that waits").click()
    lab.page.locator("#run-names").click()


def ended(lab: LabPage) -> None:
    expect(lab.page.locator("#names-streaming .figures")).to_have_text(re.compile("done in|failed after"))
    expect(lab.page.locator("#run-names")).to_be_enabled()
    expect(lab.page.locator("#stop-names")).to_be_disabled()
    assert lab.complaints == []


def lines(lab: LabPage, which: str) -> Locator:
    return lab.page.locator(f"#names-{which} .line")


def test_the_embedded_model_s_names(lab: LabPage) -> None:
    lab.use("local")
    run(lab)
    ended(lab)
    waited, pieces = lines(lab, "waiting").all_inner_texts()
    assert re.fullmatch(r"\d+ ms\s+\['[^']+', '[^']+', '[^']+'\]", waited)
    assert pieces.endswith("pieces: 1")
    streamed = lines(lab, "streaming").all_inner_texts()
    ways = [re.fullmatch(r"\d+ ms\s+(stream|astream) +\w.*", line) for line in streamed]
    assert [way and way[1] for way in ways] == ["stream"] * 3 + ["astream"] * 3
    for which, name in LESSONS.items():
        source = lab.page.locator(f"#names-{which}-source .cm-content")
        expect(source).to_contain_text(lessons()[name].told("en")[0])


def test_stop_and_what_a_step_cannot_read(lab: LabPage) -> None:
    lab.use("scripted", rate="0.1")
    run(lab)
    expect(lab.page.locator("#names-waiting .figures")).to_have_text("running, no output yet")
    lab.page.keyboard.press("Escape")
    expect(lab.page.locator("#names-waiting .figures")).to_contain_text("after Stop")
    expect(lab.page.locator("#run-names")).to_be_enabled()
    expect(lines(lab, "streaming")).to_have_count(0)

    lab.use("openai", "chunks=4")
    run(lab)
    ended(lab)
    fault = lab.page.locator("#names-waiting .fault")
    expect(fault).to_contain_text("openai's reply is not in the format that was asked for")
