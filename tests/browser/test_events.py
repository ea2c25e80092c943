"""The Events tab as its user sees it: live, filtered, on the timeline, opened, stopped and failed."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from components.locale import Words
from tests.app_process import App
from tests.browser import json_tab
from tests.browser.events_page import EventsPage
from tests.browser.lab_page import WHOLE, LabPage
from tests.run_log import lines, wait_for
from tests.servers.openai_api import OpenAIServer
from tests.servers.openai_plan import AS_SET, ENDLESS

ENGLISH = Words("en")


@pytest.fixture
def lab(one_visitor: LabPage, upstream: OpenAIServer) -> LabPage:
    upstream.reset()
    one_visitor.complaints.clear()
    return one_visitor


# First, as it is about the tab as it begins.
def test_a_live_run(lab: LabPage, upstream: OpenAIServer) -> None:
    upstream.set("chunks=45,rate=20,hold_after=20")
    events = EventsPage(lab)
    expect(events.page.locator(".ev-empty")).to_contain_text(ENGLISH("events_empty"))
    events.do("run").click()
    expect(events.rows.first).to_be_visible()
    expect(events.page.locator("#stop-events")).to_be_enabled()
    # Live: there are rows and an open bar while it runs.
    expect(events.page.locator('.ev-bar[data-state="open"]').first).to_be_visible()
    upstream.release()
    assert "streamed" in events.ended()
    rows = events.all_rows()
    assert [int(row[0]) for row in rows] == list(range(1, len(rows) + 1))
    assert [rows[0][2], rows[-1][2]] == ["lab_attempt", "lab_end"]
    assert {"on_chat_model_start", "on_chat_model_stream", "on_parser_stream", "on_chain_end"} <= {
        row[2] for row in rows
    }
    assert [(name, depth, state) for name, depth, state, _ in events.timeline()] == [
        ("RunnableSequence", 0, "ended"),
        ("ChatPromptTemplate", 1, "ended"),
        ("ChatOpenAI", 1, "ended"),
        ("TextParser", 1, "ended"),
    ]
    model = events.bar("ChatOpenAI")
    expect(model.locator(".ev-first")).to_be_visible()
    assert (model.locator("path").get_attribute("d") or "").count("M") > 1
    assert "first token" in (model.get_attribute("aria-label") or "")

    # What a row says again in full, opened by a click and by Enter.
    streamed = [int(row[0]) for row in rows if row[2] == "on_chat_model_stream"]
    events.page.locator(".ev-list").evaluate("box => { box.scrollTop = 0 }")
    events.page.locator(f"#ev-row-{streamed[0]}").click()
    whole = events.page.locator(".ev-whole pre")
    expect(whole).to_contain_text('"on_chat_model_stream"')
    event = json.loads(whole.inner_text())
    expect(events.page.locator(".ev-whole h3")).to_contain_text(str(streamed[0]))
    assert event["data"]["chunk"]["id"][-1] == "AIMessageChunk"
    events.page.locator(".ev-list").press("ArrowDown")
    events.page.locator(".ev-list").press("Enter")
    expect(events.page.locator(".ev-whole h3")).to_contain_text(str(streamed[0] + 1))
    events.do("close").click()
    expect(whole).to_be_hidden()

    # A row lights its bar, and the other way round; from the keyboard too.
    events.page.locator(f"#ev-row-{streamed[0]}").hover()
    expect(events.page.locator(".ev-bar.lit .ev-bar-name")).to_have_text(["ChatOpenAI"])
    events.bar("ChatPromptTemplate").hover()
    expect(events.page.locator(".ev-row.lit .ev-event").first).to_contain_text("on_prompt_")
    events.page.locator(".ev-bars").focus()
    events.page.locator(".ev-bars").press("Home")
    expect(events.page.locator(".ev-bar.active .ev-bar-name")).to_have_text("RunnableSequence")
    events.page.locator(".ev-bars").press("ArrowDown")
    events.page.locator(".ev-bars").press("Enter")
    expect(events.page.locator(".ev-row.active .ev-event")).to_have_text("on_prompt_start")

    # Filters on what is shown.
    events.filter("type", "chat_model")
    shown = events.all_rows()
    assert {row[2].rpartition("_")[0] for row in shown} == {"on_chat_model"}
    assert events.count() == f"{len(shown)} / {len(rows)}"
    events.filter("event", "on_chat_model_end")
    assert len(events.all_rows()) == 1
    events.do("clear").click()
    events.filter("tag", "seq:step:1")
    assert {row[3] for row in events.all_rows()} == {"ChatPromptTemplate"}
    events.do("clear").click()
    events.filter("text", "TEXTPARSER")
    assert {row[3] for row in events.all_rows()} == {"TextParser"}
    events.do("clear").click()
    assert len(events.all_rows()) == len(rows)
    # A screen reader is told of the end, not of each row.
    expect(events.page.locator("#events .spoken")).to_contain_text("streamed")
    assert events.page.locator("#events [aria-live]").count() == 0
    assert lab.complaints == []


def test_what_is_asked_for_and_the_other_chains(lab: LabPage, upstream: OpenAIServer) -> None:
    upstream.set("chunks=30,tool_call=banana")
    events = EventsPage(lab)
    events.unfold("form")
    events.unfold("asked")
    box = events.page.locator("#events-include_types input, #events-include_types textarea").first
    box.fill("retriever, chat_model")
    python = events.page.locator("#events-python .cm-content")
    expect(python).to_contain_text("include_types=['retriever', 'chat_model'],")
    events.run("retrieval")
    assert WHOLE.search(events.ended())
    rows = events.all_rows()
    assert {row[2] for row in rows if not row[2].startswith("lab_")} == {
        "on_retriever_start",
        "on_retriever_end",
        "on_chat_model_start",
        "on_chat_model_stream",
        "on_chat_model_end",
    }
    assert [(name, depth) for name, depth, _, _ in events.timeline()] == [("passages", 0), ("ChatOpenAI", 0)]
    events.unfold("form")
    box.fill("")
    expect(python).not_to_contain_text("include")
    events.run("tools")
    expect(events.bar("count_letters")).to_have_attribute("data-state", "ended")
    events.ended()
    assert events.page.locator(".ev-title").inner_text().startswith("chain tools · openai · ")
    events.run("graph")
    expect(events.bar("write")).to_have_attribute("data-state", "ended")
    events.ended()
    depths = {name: depth for name, depth, _, _ in events.timeline()}
    assert depths["graph"] < depths["nodes"] < depths["outline"] == depths["write"]
    assert lab.complaints == []


def test_stop_and_failure(lab: LabPage, upstream: OpenAIServer) -> None:
    upstream.set(ENDLESS)
    events = EventsPage(lab)
    events.run()
    expect(events.page.locator('.ev-bar[data-state="open"]').first).to_be_visible()
    events.page.wait_for_function("document.querySelectorAll('.ev-row:not([hidden])').length > 8")
    events.page.keyboard.press("Escape")
    assert "after Stop" in events.ended()
    entry = upstream.wait_for(lambda entry: entry.closed is not None, AS_SET)
    assert entry.finished is None
    expect(events.bar("ChatOpenAI")).to_have_attribute("data-state", "stopped")
    expect(events.bar("ChatOpenAI").locator(".ev-bar-state")).to_contain_text("stopped")
    expect(events.rows.filter(has_text="lab_stopped")).to_have_count(1)

    upstream.set("chunks=60,rate=100,drop_after=20")
    events.run()
    expect(events.said).to_contain_text(ENGLISH("fault_dropped", provider="openai"))
    assert "failed" in events.ended()
    for name in ("RunnableSequence", "ChatOpenAI", "TextParser"):
        expect(events.bar(name)).to_have_attribute("data-state", "failed")
        expect(events.bar(name).locator(".ev-bar-state")).to_contain_text("failed")
    expect(events.bar("ChatPromptTemplate")).to_have_attribute("data-state", "ended")
    expect(events.page.locator("#events .spoken")).to_contain_text("Lost the connection")

    lab.use("scripted", delay="0", rate="0", tool_call="none")
    lab.tab("Events")
    events.run("tools")
    expect(events.said).to_contain_text("The model did not call the tool")
    assert lab.complaints == []


def test_the_embedded_model(lab: LabPage) -> None:
    lab.use("local")
    events = EventsPage(lab)
    events.run()
    assert WHOLE.search(events.ended())
    assert events.page.locator(".ev-title").inner_text().startswith("chain chat · local · ")
    expect(events.bar("ChatOpenAI").locator(".ev-first")).to_be_visible()
    assert {row[2] for row in events.all_rows()} >= {"on_chat_model_start", "on_chat_model_stream", "lab_end"}


def test_the_last_run(lab: LabPage) -> None:
    lab.use("scripted", delay="0", rate="0", length="30")
    events = EventsPage(lab)
    events.last_run()
    expect(events.said).to_contain_text(ENGLISH("events_no_run"))
    lab.tab("Chat")
    lab.method("astream")
    lab.ask("hello")
    lab.tab("Events")
    events.last_run()
    expect(events.said).to_contain_text("The last run has no events")
    lab.tab("Chat")
    lab.method("astream_events")
    lab.ask("hello")
    said = lab.said.last.inner_text()
    lab.tab("Events")
    events.last_run()
    assert "streamed" in events.ended()
    assert len(events.all_rows()) > 90
    assert re.sub(r"\W", "", events.text) == re.sub(r"\W", "", said)
    events.rows.first.click()
    expect(events.page.locator(".ev-whole pre")).to_contain_text('"event"')
    json_tab.ask(lab)
    json_tab.verdict(lab)
    lab.tab("Events")
    events.last_run()
    assert "streamed" in events.ended()
    expect(events.page.locator(".ev-title")).to_contain_text("chain json · scripted")
    assert len(events.text) > 100
    assert lab.complaints == []


def test_two_visitors_see_their_own_runs(
    lab: LabPage, open_page: Callable[..., LabPage], upstream: OpenAIServer, app: App
) -> None:
    one, other = lab, open_page()
    upstream.set("chunks=30,rate=20")
    one.use("openai", AS_SET)
    other.use("scripted", delay="0", rate="20", length="30")
    pages = EventsPage(one), EventsPage(other)
    for events in pages:
        events.run()
    for events in pages:
        assert "streamed" in events.ended()
    assert [name for name, *_ in pages[0].timeline()][2] == "ChatOpenAI"
    assert [name for name, *_ in pages[1].timeline()][2] == "ScriptedModel"
    names = [{row[3] for row in events.all_rows()} for events in pages]
    assert "ScriptedModel" not in names[0]
    assert "ChatOpenAI" not in names[1]
    for events, said in zip(pages, ("Lorem", "**Streaming**"), strict=True):
        events.rows.filter(has_text="RunnableSequence").filter(has_text="on_chain_end").click()
        expect(events.page.locator(".ev-whole pre")).to_contain_text(said)
        assert events.text.startswith(said)

    # Each is asked by their own run, in both versions, and answers for it alone.
    for version, events in zip(("v2", "v3"), pages, strict=True):
        events.unfold("form")
        events.page.locator("#events-version").get_by_label(version, exact=True).check()
        expect(events.page.locator("#events-chain").get_by_label("chat", exact=True)).to_have_count(
            int(version == "v2")
        )
        events.run("approval")
    for events in pages:
        expect(events.do("yes")).to_be_visible()
    pages[1].do("no").click()
    assert "finish: stop" in pages[1].ended()
    expect(pages[1].do("yes")).to_be_hidden()
    expect(pages[0].do("yes")).to_be_visible()
    asked = pages[0].text
    pages[0].do("yes").click()
    assert "finish: stop" in pages[0].ended()
    assert len(pages[0].text) > len(asked)
    assert {"ask", "write"} <= {name for name, *_ in pages[0].timeline()}
    assert {"outline", "content-block-delta"} <= {cell for row in pages[1].all_rows() for cell in row[2:4]}

    # Who closes the page while their run asks ends it; nothing goes on waiting for an answer.
    pages[1].run("approval")
    expect(pages[1].do("yes")).to_be_visible()
    before = lines(app)
    other.page.close()
    left = ("events", "scripted", "stopped")
    wait_for(
        app,
        lambda line: line not in before and (line["kind"], line["provider"], line["verdict"]) == left,
    )
