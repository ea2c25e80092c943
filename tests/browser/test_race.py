"""The Race tab: lanes that grow side by side, fail, are stopped, saved and played again."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from components.locale import Words
from tests.app_process import App
from tests.browser.lab_page import LabPage
from tests.browser.race_page import RacePage
from tests.servers.openai_api import OpenAIServer
from tests.servers.openai_plan import AS_SET, ENDLESS

ENGLISH = Words("en")
TIME = re.compile(r"^[\d.]+ m?s$")


@pytest.fixture(scope="module")
def races(one_visitor: LabPage) -> RacePage:
    one_visitor.use("scripted", delay="0.1", rate="60", length="60")
    return RacePage(one_visitor)


@pytest.fixture(autouse=True)
def no_complaints(one_visitor: LabPage) -> Iterator[None]:
    yield
    assert one_visitor.complaints == []


def test_lanes_saved_linked_and_played_again(
    races: RacePage, upstream: OpenAIServer, open_page: Callable[..., LabPage], tmp_path: Path
) -> None:
    page = races.page
    for number in (1, 2):
        races.source(number, "openai · chunks=40,rate=40,hold_after=20")
    races.start()
    expect(races.text(1)).to_contain_text("Lorem")
    expect(races.text(2)).to_have_text("")
    # What has come over the wire is seen as it comes, also where LangChain gives nothing of it.
    races.lab.wait_until("() => Number(document.querySelectorAll('.race-rows b')[2].textContent) > 0")
    expect(races.text(2)).to_have_text("")
    expect(races.page.locator(".race").get_by_role("button", name="Save")).to_be_disabled()
    upstream.release(count=2)
    races.ended()
    texts, table = [races.text(n).inner_text() for n in (1, 2)], races.table
    assert texts[0] == texts[1] != ""
    assert [row[:2] for row in table] == [["1 stream", "streamed"], ["2 invoke", "arrived in one piece"]]
    assert all(TIME.match(row[2]) and TIME.match(row[4]) and TIME.match(row[6]) for row in table)
    assert [row[3] for row in table] == ["–", "–"]
    expect(page.locator("#race .spoken")).to_have_text("1 stream: streamed, 2 invoke: arrived in one piece")

    expect(page.locator("#race .run-link")).to_be_hidden()
    for number, call in [(1, ".stream("), (2, ".invoke(")]:
        races.does(number, "Code")
        expect(page.locator("#code-lane .cm-content")).to_contain_text(call)
    races.does(2, "Code")
    expect(page.locator("#code-lane")).to_be_hidden()
    for number in (1, 2):
        races.does(number, "Link")
        expect(races.pane(number).locator(".run-link")).to_contain_text("no key, no server's address")
    expect(page.locator("#race .run-link")).to_have_count(1)
    races.does(1, "Events")
    expect(page.locator("#events .ev-title")).to_contain_text("hold_after=20 · stream")
    expect(page.locator("#events .ev-said")).to_contain_text(ENGLISH("events_other_run"))
    races.lab.tab("Race")

    with page.expect_download() as download:
        page.locator("#race").get_by_role("button", name="Save").click()
    saved = tmp_path / "race.jsonl"
    download.value.save_as(saved)
    assert saved.read_text("utf-8").count('{"format":"streaming-lab-run"') == 2

    # A link to all of it, opened by another visitor, who had nothing to do with it.
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.locator(".race-head").get_by_role("button", name="Link").click()
    expect(page.locator("#race .run-link")).to_contain_text("no key, no server's address")
    link = races.lab.copied(page.locator("#race [data-do=copyLink]"))
    another = open_page()
    # Into a page that is open: one that is opened at it may have left the chat before that was seen.
    another.page.evaluate("(link) => location.assign(link)", link)
    expect(another.page.get_by_role("tab", name="Race")).to_have_attribute("aria-selected", "true")
    expect(another.page.locator("#race [data-do=again]")).to_be_enabled()
    opened = RacePage(another)
    opened.ended()
    assert [row[:2] for row in opened.table] == [row[:2] for row in table]
    assert [opened.text(n).inner_text() for n in (1, 2)] == texts
    assert another.complaints == []
    page.bring_to_front()

    races.source(1, "scripted")
    races.source(2, "–")
    races.start()
    races.ended()
    assert len(races.table) == 1
    page.locator("#race-files").get_by_role("button").first.click()
    races.begins(lambda: page.locator("#race-file input[type=file]").set_input_files(saved))
    races.ended()
    assert races.table == table
    assert [races.text(n).inner_text() for n in (1, 2)] == texts
    expect(races.pane(2).locator(".run-buttons")).to_have_text("EventsLink")
    races.does(2, "Events")
    expect(page.locator("#events .ev-title")).to_contain_text("hold_after=20 · invoke")
    races.lab.tab("Race")
    saved.write_text("no race")
    page.locator("#race-file input[type=file]").set_input_files(saved)
    expect(races.said).to_have_text(ENGLISH("run_file_foreign"))
    assert races.table == table


def test_lanes_fail_and_are_stopped_one_by_one(
    races: RacePage, open_page: Callable[..., LabPage], upstream: OpenAIServer
) -> None:
    another = open_page()
    others = RacePage(another)
    expect(others.said).to_have_text(ENGLISH("race_empty"))
    others.source(1, f"openai · {AS_SET}")
    upstream.set("chunks=40,rate=20,hold_after=20")
    races.page.bring_to_front()
    races.lab.use("scripted", rate="3", fail_after="6")
    RacePage(races.lab).race("thinking")
    races.source(1, f"openai · {ENDLESS}")
    races.source(2, f"openai · think=160,{ENDLESS}")
    races.source(3, "scripted · drop")
    races.source(4, "openai · status=401")
    races.start()
    expect(races.pane(4).locator(".fault")).to_contain_text(ENGLISH("fault_unauthorized_do"))
    expect(races.text(2).locator(".reasoning")).to_contain_text("Lorem ipsum")
    expect(races.word(3)).to_have_text("failed")
    expect(races.text(3)).to_contain_text("Streaming")
    expect(races.pane(3).locator(".fault")).not_to_be_empty()
    others.page.bring_to_front()
    others.start()
    races.page.bring_to_front()
    races.pane(2).get_by_role("button", name="Stop").click()
    expect(races.word(2)).to_have_text("stopped")
    expect(races.word(1)).to_have_text(ENGLISH("run_writing"))
    races.stop.click()
    races.ended()
    assert [row[1] for row in races.table] == ["stopped", "stopped", "failed", "failed"]
    assert TIME.match(races.table[1][3])
    others.page.bring_to_front()
    upstream.release()
    others.ended()
    assert [row[1] for row in others.table] == ["streamed", "arrived in one piece"]
    others.page.set_viewport_size({"width": 390, "height": 844})
    others.page.wait_for_function("document.documentElement.scrollWidth <= 390")
    for part in (".race-lane canvas", ".race-pane", ".race-table"):
        box = others.page.locator(part).first.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390
    assert another.complaints == []


def test_two_dialects_of_the_embedded_model(races: RacePage, app: App) -> None:
    races.race("dialects")
    races.source(3, "–")
    model = app.llama()
    model.suspend()  # or both lanes may have ended before they are looked at
    try:
        races.start()
        expect(races.said).to_have_text(ENGLISH("race_in_turn", lanes="1, 2"))
        expect(races.word(1)).not_to_have_text(ENGLISH("race_next"))
        expect(races.word(2)).to_have_text(ENGLISH("race_next"))
    finally:
        model.resume()
    races.ended()
    assert [row[0] for row in races.table] == ["1 stream · chat", "2 stream · responses"]
    assert all("failed" not in row[1] and TIME.match(row[7]) for row in races.table)
    # Both begin where the axis does, whichever ran first.
    begins = races.page.evaluate(
        """() => [...document.querySelectorAll(".race-lane canvas")].map((canvas) => {
          const row = canvas.getContext("2d").getImageData(0, 2, canvas.width, 1).data;
          return row.findIndex((value, index) => index % 4 === 3 && value > 0) / 4 / canvas.width;
        })"""
    )
    assert all(part < 0.2 for part in begins), begins


def test_what_comes_into_use_is_offered(races: RacePage) -> None:
    races.lab.use("openai", "one-of-its-own")
    races.lab.tab("Race")
    races.box(1).click()
    expect(races.page.get_by_role("option", name="openai · one-of-its-own", exact=True)).to_be_visible()
    races.page.keyboard.press("Escape")
