"""The names example on the JSON tab: a step that waits beside one that streams, over their sources."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, expect

from tests.app_process import ROOT
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
    expect(lab.page.locator("#names-streaming .figures")).to_contain_text(
        re.compile("streamed|piece|failed|Stop")
    )
    expect(lab.page.locator("#run-names")).to_be_enabled()
    expect(lab.page.locator("#stop-names")).to_be_disabled()
    assert lab.complaints == []


def lines(lab: LabPage, which: str) -> Locator:
    return lab.page.locator(f"#names-{which} .line")


def test_the_embedded_model_s_names(lab: LabPage) -> None:
    run(lab)
    ended(lab)
    (waited,) = lines(lab, "waiting").all_inner_texts()
    assert re.fullmatch(r'[\d.]+ m?s\s+\["[^"]+", "[^"]+", "[^"]+"\]', waited)
    streamed = lines(lab, "streaming").all_inner_texts()
    assert len(streamed) == 3
    assert all(re.fullmatch(r'[\d.]+ m?s\s+\["[^"]+"\]', line) for line in streamed)
    shown = lab.page.locator("#names .names-source .cm-content").all_inner_texts()
    for which, source in zip(("waiting", "streaming"), shown, strict=True):
        file = (ROOT / "components" / "chains" / f"names_{which}.py").read_text("utf-8")
        assert source.split()[:40] == file.split()[:40]


def test_stop_and_what_a_step_cannot_read(lab: LabPage) -> None:
    lab.use("scripted", language="json", rate="0.1")
    run(lab)
    expect(lab.page.locator("#names-waiting .figures")).to_have_text("stream, waiting for the first token")
    lab.page.keyboard.press("Escape")
    expect(lab.page.locator("#names-waiting .figures")).to_contain_text("after Stop")
    expect(lab.page.locator("#run-names")).to_be_enabled()
    expect(lab.page.locator("#names-streaming .figures")).to_have_count(0)

    lab.use("scripted", language="en", rate="0", delay="0")
    lab.tab("JSON")
    lab.page.locator("#run-names").click()
    ended(lab)
    for which in ("waiting", "streaming"):
        fault = lab.page.locator(f"#names-{which} .fault")
        expect(fault).to_contain_text("scripted's reply is not in the format that was asked for")
        expect(fault).to_contain_text("no_json")
    expect(lines(lab, "streaming")).to_have_count(0)
