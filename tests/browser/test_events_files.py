"""Run files on the Events tab: saved, opened, played again from any moment, and files that are none."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from components.locale import Words
from components.streaming.events import examples
from tests.browser.events_page import EventsPage
from tests.browser.lab_page import WHOLE, LabPage

ENGLISH = Words("en")

# There are more rows.
MORE = "(rows) => Number(document.querySelector('.ev-count').textContent) > rows"


@pytest.fixture
def lab(one_visitor: LabPage) -> LabPage:
    one_visitor.complaints.clear()
    return one_visitor


def lines(path: Path) -> list[str]:
    return path.read_text("utf-8").splitlines(keepends=True)


def slower(run_file: list[str]) -> str:
    """As of a run that took ten minutes: nothing of it ends while it is looked at."""
    apart = 600 / len(run_file)
    return "".join(
        re.sub(r'^(\{"lane":"\w+","at":)[\d.]+', rf"\g<1>{number * apart:.3f}", line)
        for number, line in enumerate(run_file)
    )


def test_saved_opened_and_played_again(lab: LabPage, tmp_path: Path) -> None:
    lab.use("scripted", delay="0", rate="0", length="80")
    events = EventsPage(lab)
    events.run("retrieval")
    assert WHOLE.search(events.ended())
    rows, timeline, text, said = events.all_rows(), events.timeline(), events.text, events.said.inner_text()
    saved = events.save(tmp_path / "run.jsonl")
    kept = [json.loads(line) for line in lines(saved)]
    assert (kept[0]["chain"], kept[0]["provider"]) == ("retrieval", "scripted")
    # The page numbers events of its own among them: an attempt begins, the run ends.
    assert sum(record.get("lane") == "event" for record in kept) == len(rows) - 2

    # Another run, so that what is opened isn't what was there.
    events.examples().first.click()
    expect(events.page.locator(".ev-title")).to_contain_text("chain chat")
    events.open(saved)
    expect(events.page.locator(".ev-title")).to_contain_text("chain retrieval")

    def same() -> None:
        assert events.all_rows() == rows
        assert [one[:3] for one in events.timeline()] == [one[:3] for one in timeline]
        assert events.text == text
        assert events.said.inner_text() == said

    same()
    # At once, through the same code as live: the same rows, bars and text.
    events.page.locator(".ev-speed").select_option("all")
    events.do("play").click()
    expect(events.do("play")).to_have_text("Replay")
    events.ended()
    same()

    # From a moment: what had come by then, and what was open then.
    slow, before = tmp_path / "slow.jsonl", events.clock.inner_text()
    slow.write_text(slower(lines(saved)))
    events.open(slow)
    expect(events.clock).not_to_have_text(before)
    rows, said = events.all_rows(), events.said.inner_text()
    _, _, total = events.clock.inner_text().partition(" / ")
    events.seek(0.5)
    expect(events.clock).to_have_text(re.compile(rf"^(?!{re.escape(total)}).+ / {re.escape(total)}$"))
    assert abs(float(events.clock.inner_text().split()[0]) - float(total.split()[0]) / 2) < 0.2
    expect(events.page.locator(".ev-count")).not_to_have_text(str(len(rows)))  # the clock is told at once
    part = events.all_rows()
    assert 0 < len(part) < len(rows)
    assert part == rows[: len(part)]
    assert text.startswith(events.text)
    expect(events.bar("ScriptedModel")).to_have_attribute("data-state", "open")
    events.page.locator(f"#ev-row-{len(part)}").click()
    expect(events.page.locator(".ev-whole pre")).to_contain_text(f'"event": "{part[-1][2]}"')

    # On from there at its own pace, held, and then four times as fast to the end.
    events.page.locator(".ev-speed").select_option("1")
    events.do("play").click()
    expect(events.do("play")).to_have_text("Pause")
    lab.wait_until(MORE, len(part))
    events.do("play").click()
    expect(events.do("play")).to_have_text("Replay")
    expect(events.page.locator("#stop-events")).to_be_disabled()
    held = len(events.all_rows())
    assert len(part) < held < len(rows)
    events.seek(0.95)
    lab.wait_until(MORE, held)
    events.page.locator(".ev-speed").select_option("4")
    events.do("play").click()
    events.ended()
    same()
    assert lab.complaints == []


def test_files_that_are_none(lab: LabPage, tmp_path: Path) -> None:
    lab.use("scripted", delay="0", rate="0", length="20")
    events = EventsPage(lab)
    events.run()
    events.ended()
    whole = lines(events.save(tmp_path / "run.jsonl"))
    rows = events.all_rows()

    def refused(name: str, text: str, said: str) -> None:
        file = tmp_path / name
        file.write_text(text)
        events.open(file)
        expect(events.said).to_contain_text(said)
        assert events.all_rows() == rows  # what was shown stays

    refused("empty.jsonl", "", ENGLISH("run_file_empty"))
    refused("foreign.jsonl", '{"messages": []}\n', ENGLISH("run_file_foreign"))
    refused("newer.jsonl", whole[0].replace('"version":2', '"version":3'), "in format version 3")

    # Larger than anything that is read: refused before a byte of it is sent.
    large = tmp_path / "large.jsonl"
    with large.open("wb") as file:
        file.truncate(500_000_000)
    events.page.locator("#events-file input[type=file]").set_input_files(large)
    expect(events.said).to_contain_text("This file is 500 MB")

    # Damaged in the middle: what stands before it is shown.
    damaged = tmp_path / "damaged.jsonl"
    damaged.write_text("".join([*whole[:20], '{"at": 12, oh\n', *whole[21:]]))
    intact = sum('"lane":"event"' in line or '"phase":"attempt"' in line for line in whole[:20])
    events.open(damaged)
    expect(events.said).to_contain_text(
        f"Line 21 of this file is damaged. The {intact} events before it are intact"
    )
    assert events.all_rows() == rows[:intact]

    # Its process was killed: runs that were open never ended.
    crashed = tmp_path / "crashed.jsonl"
    crashed.write_text("".join(whole[:20]) + '{"n": 20, "at"')
    events.open(crashed)
    expect(events.said).to_contain_text("This run never ended")
    expect(events.bar("ScriptedModel")).to_have_attribute("data-state", "never_ended")
    expect(events.bar("ScriptedModel").locator(".ev-bar-state")).to_contain_text("never ended")

    # Names and text of a file are text, never markup; nor is its own name.
    markup = "<img src=x onerror=document.title=1>"
    hostile = tmp_path / f"{markup}.jsonl"
    hostile.write_text(
        "".join(whole).replace("ScriptedModel", markup).replace('"content":"', f'"content":"{markup}')
    )
    events.open(hostile)
    expect(events.bar(markup)).to_be_visible()
    events.rows.filter(has_text=markup).first.click()
    expect(events.page.locator(".ev-whole pre")).to_contain_text(markup)
    assert events.page.locator("#events img").count() == 0
    assert events.page.title() == "Streaming Lab"
    assert lab.complaints == []


def test_streams_that_were_captured(lab: LabPage, tmp_path: Path) -> None:
    events = EventsPage(lab)
    chunks = [
        json.dumps({"model": "gpt-x", "choices": [{"delta": {"content": f"<b>{n} "}}]}) for n in range(9)
    ]
    stream = "".join(f"data: {chunk}\n\n" for chunk in chunks)
    file = tmp_path / "curl.txt"
    file.write_text(stream)
    events.open(file)
    expect(events.said).to_contain_text("cut off")
    expect(events.said).to_contain_text(ENGLISH("note_untimed"))
    expect(events.page.locator(".ev-title")).to_contain_text("chat completions · gpt-x")
    assert "<b>0 <b>1 <b>2" in events.text
    events.unfold("form")
    lab.page.get_by_label(ENGLISH("events_paste")).fill("Dear Sir or Madam,")
    lab.page.get_by_role("button", name=ENGLISH("events_paste_play"), exact=True).click()
    expect(events.said).to_contain_text(ENGLISH("run_file_foreign"))
    lab.page.get_by_label(ENGLISH("events_paste")).fill(stream + "data: [DONE]\n\n")
    lab.page.get_by_role("button", name=ENGLISH("events_paste_play"), exact=True).click()
    expect(events.said).to_contain_text("no finish reason · no times in the capture · complete")
    expect(events.said).not_to_contain_text("first token")

    # It goes into a link like any run, and plays where the conversation is.
    lab.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    events.do("link").click()
    expect(events.page.locator("#events .run-link")).to_contain_text("no key, no server's address")
    lab.page.evaluate("(link) => location.assign(link)", lab.copied(events.do("copyLink")))
    expect(lab.page.locator("#chat .recorded-text span")).to_contain_text("<b>8")
    expect(lab.page.locator(".run-of")).to_contain_text("from a link · stream · chat completions · gpt-x")
    assert lab.complaints == []


def test_examples(lab: LabPage) -> None:
    events = EventsPage(lab)
    buttons = events.examples()
    expect(buttons).to_have_count(len(examples()))
    verdicts = []
    for number in range(buttons.count()):
        events.unsay()
        events.examples().nth(number).click()
        header = json.loads(lines(examples()[number])[0])
        expect(events.page.locator(".ev-title")).to_contain_text(
            f"chain {header['chain']} · {header['provider']}"
        )
        verdicts.append(events.ended())
        assert len(events.all_rows()) > 20
    assert sum("failed" in said for said in verdicts) == 1
    assert sum("streamed" in said for said in verdicts) == 2
    assert lab.complaints == []
