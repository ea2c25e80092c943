"""What was run stands in view on a laptop's screen; on a phone what runs it does."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import FloatRect, ViewportSize, expect

from tests.browser.events_page import EventsPage
from tests.browser.lab_page import WHOLE, LabPage
from tests.browser.test_events_files import lines, slower
from tests.browser.visitors import WINDOW
from tests.servers.openai_api import OpenAIServer

LAPTOP: ViewportSize = {"width": 1280, "height": 800}
TABLET: ViewportSize = {"width": 800, "height": 1100}
PHONE: ViewportSize = {"width": 390, "height": 844}


# Parts of the list of lessons that show less than all of theirs: it is to be scrolled as a whole.
CUT = """() => [...document.querySelectorAll("#lesson-list :is(.form, .block, .wrap:has(label))")]
  .filter(({ scrollHeight, clientHeight }) => scrollHeight > clientHeight + 1).length"""


@pytest.fixture
def lab(one_visitor: LabPage) -> Iterator[LabPage]:
    yield one_visitor
    one_visitor.page.set_viewport_size(WINDOW)


def box(lab: LabPage, selector: str) -> FloatRect:
    found = lab.page.locator(selector).bounding_box()
    assert found is not None, selector
    return found


def bottom(lab: LabPage, selector: str) -> float:
    place = box(lab, selector)
    return place["y"] + place["height"]


def test_events_stand_where_their_form_stood(lab: LabPage, upstream: OpenAIServer, tmp_path: Path) -> None:
    lab.page.set_viewport_size(LAPTOP)
    upstream.set("chunks=150")
    events = EventsPage(lab)
    events.run()
    assert WHOLE.search(events.ended())
    expect(events.page.locator("#events-prompt")).to_be_hidden()
    for part in (".ev-said", ".ev-text", ".ev-bars", "#run-events"):
        assert bottom(lab, part) < LAPTOP["height"], part
    assert box(lab, ".ev-list")["y"] + 100 < LAPTOP["height"]
    # Ticks in more places than can be told apart are a curve, which ends at the bottom where it began.
    slow = tmp_path / "slow.jsonl"
    slow.write_text(slower(lines(events.save(tmp_path / "run.jsonl"))))
    events.open(slow)
    curves = events.page.locator(".ev-lane path.many")
    expect(curves.first).to_have_attribute("d", re.compile(r"^M0 10V.*V10Z$"))
    expect(events.page.locator("#events-prompt")).to_be_hidden()

    events.rows.first.click()
    whole = events.page.locator(".ev-whole pre")
    expect(whole).to_be_visible()
    log, beside = box(lab, ".ev-list"), box(lab, ".ev-whole pre")
    assert log["x"] + log["width"] <= beside["x"]
    assert abs(bottom(lab, ".ev-list") - bottom(lab, ".ev-whole pre")) < 8
    lab.page.set_viewport_size(PHONE)
    assert bottom(lab, ".ev-list") < box(lab, ".ev-whole pre")["y"]
    # The form opens again by one click.
    events.page.locator("#events-form > .label-wrap").click()
    expect(events.page.locator("#events-prompt")).to_be_visible()
    lab.page.evaluate("scrollTo(0, 0)")
    assert bottom(lab, "#run-events") < PHONE["height"]


def test_a_lesson_has_its_source_beside_its_output(lab: LabPage) -> None:
    lab.page.set_viewport_size(LAPTOP)
    lab.tab("Lessons")
    source, output = box(lab, "#lesson-source"), box(lab, ".lesson-lines")
    assert source["x"] + source["width"] <= output["x"]
    assert bottom(lab, ".lesson-lines") < LAPTOP["height"]
    lab.page.set_viewport_size(TABLET)
    assert bottom(lab, ".lesson-lines") <= box(lab, "#lesson-source")["y"]
    lab.page.set_viewport_size(PHONE)
    assert bottom(lab, "#run-lesson") < PHONE["height"]
    assert lab.page.evaluate(CUT) == 0


def test_what_stands_at_the_top_and_at_the_side_is_whole(lab: LabPage, upstream: OpenAIServer) -> None:
    lab.page.set_viewport_size(LAPTOP)
    lab.tab("Chat")
    upstream.set("chunks=2")
    lab.ask("Why would anyone read the reply of a language model while it is still being written?")
    title = lab.past.first
    expect(title).to_contain_text("Why would anyone read the reply of a language model while i\u2026")
    assert title.evaluate(
        "cell => [cell, ...cell.querySelectorAll('*')].every((one) => one.scrollWidth <= one.clientWidth + 1"
        " || !one.clientWidth)"
    )
    lab.page.evaluate("document.getElementById('connection').classList.add('shown')")
    assert bottom(lab, "#connection") <= box(lab, "#title h1")["y"]
    lab.page.evaluate("document.getElementById('connection').classList.remove('shown')")
