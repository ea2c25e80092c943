"""The conversations that a browser keeps: what is kept, when, and what is said where nothing can be."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Route, expect

from components.locale import Words
from tests.browser.lab_page import LabPage
from tests.servers.openai_api import OpenAIServer
from tests.servers.openai_plan import AS_SET, ENDLESS

ENGLISH = Words("en")
BROKE = f"{ENGLISH('connection_broke')} {ENGLISH('fault_ending_do')}"
FIVE = "Lorem ipsum dolor sit amet,"
# What the browser keeps, conversation by conversation.
KEPT = """Object.entries(localStorage)
  .filter(([key]) => key.startsWith("streaming-lab:conversation:"))
  .map(([, raw]) => JSON.parse(raw).said.map(({ content }) => content.map(({ text }) => text).join("")))"""
# Whatever asks for room gets none.
FULL = "Storage.prototype.setItem = () => { throw new DOMException('', 'QuotaExceededError'); }"
FORBIDDEN = """for (const name of ["localStorage", "sessionStorage"])
  Object.defineProperty(window, name, { get() { throw new DOMException("", "SecurityError"); } });"""


@pytest.fixture
def lab(open_page: Callable[..., LabPage], upstream: OpenAIServer) -> LabPage:
    lab = open_page()
    upstream.set("chunks=2")
    return lab


def keeps(lab: LabPage, wanted: object, said: str = "said", order: str = "") -> None:
    """Wait until it does: of each conversation what JavaScript makes of what was said."""
    kept = f"{KEPT}.map((said) => {said}){order}"
    lab.wait_until(f"(wanted) => JSON.stringify({kept}) === JSON.stringify(wanted)", wanted)


def test_a_message_is_kept_when_it_is_sent(lab: LabPage, upstream: OpenAIServer) -> None:
    upstream.set("stall_first")
    lab.send("hello")
    expect(lab.users).to_have_text(["hello"])
    keeps(lab, [["hello"]])
    lab.page.reload()
    lab.opened()
    expect(lab.users).to_have_text(["hello"])
    expect(lab.fault).to_have_text(BROKE)
    expect(lab.stop).to_be_disabled()
    upstream.set("chunks=2")
    assert "finish: stop" in lab.ask_again()
    expect(lab.said).to_have_text(["Lorem ipsum"])
    expect(lab.past).to_have_text(["hello"])


def test_a_reload_in_mid_reply_keeps_what_had_come(lab: LabPage, upstream: OpenAIServer) -> None:
    upstream.set(ENDLESS)
    lab.send("hello")
    expect(lab.text).to_have_text(re.compile(FIVE))
    lab.page.reload()
    lab.opened()
    expect(lab.text).to_have_text(re.compile(FIVE))
    expect(lab.fault).to_have_text(BROKE)
    expect(lab.past).to_have_text(["hello"])


def test_an_edited_message_is_kept_at_once(lab: LabPage, upstream: OpenAIServer) -> None:
    lab.ask("hello")
    upstream.set("stall_first")
    lab.users.last.hover()
    lab.page.get_by_role("button", name="Edit").click()
    field = lab.page.locator("#chat textarea")
    field.fill("goodbye")
    lab.page.get_by_role("button", name="Submit").click()
    expect(lab.users).to_have_text(["goodbye"])
    expect(lab.stop).to_be_enabled()
    lab.page.reload()
    lab.opened()
    expect(lab.users).to_have_text(["goodbye"])
    expect(lab.past).to_have_text(["goodbye"])


def test_two_tabs_keep_both_conversations(lab: LabPage) -> None:
    other = LabPage(lab.page.context.new_page(), lab.page.url)
    other.ask("two")
    # A page behind another is drawn once a second.
    lab.page.bring_to_front()
    lab.ask("one")
    lab.ask("three")
    keeps(lab, ["one", "two"], "said[0]", ".sort()")
    other.page.reload()
    other.opened()
    other.page.bring_to_front()
    expect(other.past).to_have_text(["one", "two"])
    other.past.first.click()
    expect(other.users).to_have_text(["one", "three"])


def test_the_conversation_that_was_opened_last_is_shown_and_both_stay(lab: LabPage) -> None:
    for said in ("one", "two"):
        lab.new_chat()
        lab.ask(said)
    keeps(lab, [3, 3], "said.length")
    before = lab.page.evaluate(KEPT)
    held: list[Route] = []
    lab.page.route("**/run/predict", lambda route: held.append(route), times=1)
    lab.past.get_by_text("one").click()
    lab.past.get_by_text("two").click()
    lab.wait_until("() => conversations.pending()")
    while not held:
        lab.page.wait_for_timeout(10)
    held[0].continue_()
    lab.wait_until("() => !conversations.pending()")
    expect(lab.users).to_have_text(["two"])
    assert lab.page.evaluate(KEPT) == before
    lab.ask("three")
    keeps(lab, ["one", "two"], "said[0]", ".sort()")


def test_what_is_said_while_a_new_chat_is_on_its_way_is_said_there(
    lab: LabPage, upstream: OpenAIServer
) -> None:
    lab.ask("one")
    held: list[Route] = []
    lab.page.route("**/run/predict", lambda route: held.append(route), times=1)
    lab.page.get_by_role("button", name="New chat").click()
    while not held:
        lab.page.wait_for_timeout(10)
    lab.send("two")
    keeps(lab, ["one", "two"], "said[0]", ".sort()")
    held[0].continue_()
    assert "finish: stop" in lab.done(1)
    expect(lab.users).to_have_text(["two"])
    asked = upstream.requests(AS_SET)[-1].body["messages"]
    assert [message["content"] for message in asked] == ["two"]


def test_one_conversation_that_goes_on_in_two_tabs_becomes_two(lab: LabPage) -> None:
    lab.ask("one")
    other = LabPage(lab.page.context.new_page(), lab.page.url)
    other.past.click()
    expect(other.users).to_have_text(["one"])
    other.ask("there")
    lab.page.bring_to_front()
    lab.ask("here")
    keeps(lab, [["one", "here"], ["one", "there"]], "[said[0], said[3]]", ".sort()")


@pytest.mark.parametrize("storage", [FULL, FORBIDDEN], ids=["full", "forbidden"])
def test_where_nothing_can_be_kept_the_page_says_so_and_goes_on(
    storage: str, open_page: Callable[..., LabPage], upstream: OpenAIServer
) -> None:
    lab = open_page(script=storage)
    upstream.set("chunks=2")
    assert "finish: stop" in lab.ask("hello")
    expect(lab.page.locator("#not-kept")).to_be_visible()
    expect(lab.page.locator("#not-kept")).to_have_text(ENGLISH("not_kept"))
    assert "finish: stop" in lab.ask("and now?")
    expect(lab.users).to_have_text(["hello", "and now?"])
    lab.new_chat()
    assert "finish: stop" in lab.ask("another")


def test_the_oldest_conversation_makes_room(lab: LabPage) -> None:
    lab.page.evaluate(
        """() => { for (const at of [1, 2]) localStorage.setItem("streaming-lab:conversation:" + at,
          JSON.stringify({ at, said: [{ role: "user", metadata: null, options: null,
            content: [{ type: "text", text: at + "x".repeat(990_000) }] }] })) }"""
    )
    lab.ask("x" * 20_000)
    expect(lab.page.locator("#let-go")).to_be_visible()
    lab.ask("hello")
    keeps(lab, ["2", "x"], "said[0][0]", ".sort()")


@pytest.mark.parametrize(
    "said",
    [
        "5",
        '"hello"',
        "[null]",
        '[{ role: "system", content: [] }]',
        '[{ role: "user", content: "hello" }]',
        '[{ role: "user", content: [{ type: "file", file: { path: "/etc/passwd" } }] }]',
        '[{ role: "user", content: [{ type: "text", text: 5 }] }]',
        '[{ role: "user", content: [], metadata: { title: {} } }]',
    ],
)
def test_what_another_has_written_into_the_storage_is_left_alone(lab: LabPage, said: str) -> None:
    name, shown = "streaming-lab:conversation:x", "streaming-lab:shown"
    lab.page.evaluate(
        f"localStorage['{name}'] = JSON.stringify({{ at: 1, said: {said} }}); sessionStorage['{shown}'] = 'x'"
    )
    before = lab.page.evaluate(f"localStorage['{name}']")
    lab.page.reload()
    assert "finish: stop" in lab.ask("hello")
    expect(lab.users).to_have_text(["hello"])
    expect(lab.past).to_have_text([re.compile("hello")])
    assert lab.page.evaluate(f"localStorage['{name}']") == before


def test_undo_leaves_what_was_typed(lab: LabPage) -> None:
    lab.ask("  first line\nand <b>second</b>")
    lab.message.fill("a draft")
    lab.page.get_by_role("button", name="Undo").click()
    expect(lab.users).to_have_count(0)
    expect(lab.message).to_have_value("  first line\nand <b>second</b>\na draft")


def test_what_was_taken_back_is_not_kept_and_no_key(lab: LabPage) -> None:
    key = "sk-good-VISITORS-KEY-9876543210"
    lab.use("openai", AS_SET, api_key=key)
    for button in ("Undo", "Clear"):
        lab.ask("hello")
        keeps(lab, ["hello"], "said[0]")
        stored = lab.page.evaluate("() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }])")
        assert key not in stored
        lab.page.get_by_role("button", name=button).click()
        expect(lab.users).to_have_count(0)
        expect(lab.past).to_have_count(0)
        keeps(lab, [])
