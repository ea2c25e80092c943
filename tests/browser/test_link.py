"""A link that plays a run again: copied in one browser, opened in another that knows nothing of it."""

from __future__ import annotations

import re
from base64 import urlsafe_b64encode
from collections.abc import Callable
from gzip import compress

from playwright.sync_api import expect

from components.locale import Words
from tests.browser.lab_page import LabPage
from tests.servers.openai_api import OpenAIServer

STORY, NOTE, WORD = "#chat .recorded", ".run-note", "#run-word"
MARKUP = "<img src=x onerror=document.title=1>"
ENGLISH = Words("en")
TIME = re.compile(r"[\d.]+ m?s\b")


def copied(lab: LabPage) -> str:
    """The link to the run that is shown."""
    run = lab.page.locator("#run")
    run.get_by_role("button", name="Link", exact=True).click()
    expect(run.locator(".run-link")).to_contain_text("no key, no server's address")
    return lab.copied(run.locator("[data-do=copyLink]"))


def asked(upstream: OpenAIServer) -> int:
    return sum(entry.method == "POST" for entry in upstream.requests())


def hold(lab: LabPage, link: str) -> None:
    """Put it into the address of the page that is open."""
    lab.page.evaluate("(link) => location.assign(link)", link)


def test_copied_here_and_opened_there(
    one_visitor: LabPage, open_at: Callable[..., LabPage], upstream: OpenAIServer
) -> None:
    one_visitor.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    one_visitor.new_chat()
    upstream.set("think=9,chunks=20,rate=10")
    one_visitor.ask(f"Say {MARKUP}")
    expect(one_visitor.page.locator(WORD)).to_contain_text("thought, then streamed")
    reply, figures = one_visitor.text.inner_text(), one_visitor.page.locator(".run-figures").inner_text()
    link = copied(one_visitor)
    before = asked(upstream)

    lab = open_at(link)
    story, run = lab.page.locator(STORY), lab.page.locator("#run")
    expect(story.locator(".recorded-asked")).to_have_text(f"Say {MARKUP}")
    expect(story).to_contain_text("from a link")
    expect(lab.page.locator(WORD)).to_contain_text("thought, then streamed")
    said = story.locator(".recorded-text span")
    expect(said).to_have_text(reply)
    # A link's times are a bit rounder.
    assert TIME.sub("", lab.page.locator(".run-figures").inner_text()) == TIME.sub("", figures)
    assert lab.page.locator("#chat img").count() == 0
    assert asked(upstream) == before

    # To a moment of it and back; its file; its link.
    lab.page.locator(".run-at").fill("0.8")
    expect(lab.page.locator(".run")).to_have_attribute("data-state", re.compile("^(thinking|writing)$"))
    expect(said).not_to_have_text(reply)
    expect(run.get_by_role("button", name="Events")).to_be_disabled()
    run.get_by_role("button", name="Replay").click()
    expect(lab.page.locator(WORD)).to_contain_text("thought, then streamed")
    with lab.page.expect_download() as download:
        run.get_by_role("button", name="Save").click()
    assert download.value.path().read_text("utf-8").startswith('{"format":"streaming-lab-run"')
    lab.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    assert copied(lab) == link

    # Asked here, it is a conversation like any other.
    upstream.set("chunks=4")
    story.get_by_role("button", name="Run it here").click()
    lab.done(1)
    expect(lab.users).to_have_text([f"Say {MARKUP}"])
    expect(story).to_have_count(0)
    assert "#" not in lab.page.url

    # Put into the address of a page that is open.
    hold(lab, link)
    expect(story.locator(".recorded-asked")).to_be_visible()
    expect(lab.users).to_have_count(0)
    expect(lab.page.locator(WORD)).to_contain_text("thought, then streamed")
    for bad, told in {
        link[:-99]: "run_file_link_damaged",
        link.replace("#run=1.", "#run=7."): "run_file_link_newer",
        f"{link.partition('#')[0]}#run=1.{'A' * 99_000}": "run_file_link_too_large",
        f"{link.partition('#')[0]}#run=1.{urlsafe_b64encode(compress(bytes(9_000_000))).decode()}": (
            "run_file_link_too_large"
        ),
    }.items():
        hold(lab, bad)
        expect(lab.page.locator(NOTE)).to_have_text(ENGLISH(told, limit=30))
    assert lab.complaints == []


def test_a_link_that_is_none(open_page: Callable[..., LabPage]) -> None:
    lab = open_page()
    hold(lab, "#run=nonsense")
    expect(lab.page.locator(NOTE)).to_have_text(ENGLISH("run_file_link_damaged"))
    lab.page.reload()  # as who opens it first sees it: with a recorded run, as ever
    expect(lab.page.locator(NOTE)).to_have_text(ENGLISH("run_file_link_damaged"))
    expect(lab.page.locator(STORY)).to_contain_text("recorded")
    assert lab.complaints == []
