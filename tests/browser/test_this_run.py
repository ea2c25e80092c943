"""*This run*: what happened in a reply, beside it as it grows; before any reply, a recorded one."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, expect

from components.locale import Words
from components.streaming import Frame
from components.streaming.records import Chunk, Read
from components.streaming.trace import About
from components.tabs.run_view import FINEST, MOST, RunView
from tests.browser.json_tab import VERDICT, grown, said, states, verdict
from tests.browser.lab_page import BY_PICTURES, BY_TIME, LabPage
from tests.browser.visitors import WINDOW
from tests.servers.openai_api import OpenAIServer
from tests.servers.openai_connection import Entry

WORD, POINTER, STORY = "#run-word", ".run-pointer", "#chat .recorded"
# The letters that are lit in the reply.
LIT = '[...(CSS.highlights.get("record") ?? [])].map(String).join("").replace(/\\W/g, "")'
# Pixels of the canvas that aren't empty.
PAINTED = """() => {
  const canvas = document.querySelector("#run canvas");
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return data.filter((value, index) => index % 4 === 3 && value > 0).length;
}"""

# Notes each state of the run; one of them was so.
STATES = """() => {
  window.states = [];
  new MutationObserver(() => {
    const { state } = document.querySelector(".run")?.dataset ?? {};
    if (state && state !== states.at(-1)) states.push(state);
  }).observe(document, { subtree: true, childList: true, attributes: true });
}"""
WAS = "(state) => states.includes(state)"


@pytest.fixture
def lab(one_visitor: LabPage) -> LabPage:
    one_visitor.new_chat()
    return one_visitor


def asked(upstream: OpenAIServer) -> list[Entry]:
    return [entry for entry in upstream.requests() if entry.method == "POST"]


def counted(lab: LabPage, lane: str) -> Locator:
    return lab.page.locator(f'#run [data-lane="{lane}"]')


@pytest.mark.parametrize(
    ("plan", "word", "state", "told"),
    [
        ("chunks=30,rate=20", "streamed", "streamed", ["nothing found", "at the longest", "first token"]),
        ("think=20,chunks=20,rate=20", "thought, then streamed", "thought_then_streamed", ["thought for"]),
        ("chunks=30,rate=20,close_after=10", "cut off", "cut_off", ["10 chunks"]),
        ("status=401", "failed", "failed", ["nothing found", "held back bynobody"]),
    ],
)
def test_a_run_as_it_ended(
    lab: LabPage, upstream: OpenAIServer, plan: str, word: str, state: str, told: list[str]
) -> None:
    upstream.set(plan)
    lab.ask("hello")
    run = lab.page.locator(".run")
    expect(run).to_have_attribute("data-state", state)
    expect(lab.page.locator(WORD)).to_contain_text(word)
    for part in told:
        expect(run).to_contain_text(part)
    expect(run.get_by_role("button", name="Save")).to_be_enabled()


def test_a_run_as_it_goes(lab: LabPage, upstream: OpenAIServer) -> None:
    upstream.set("think=60,chunks=60,rate=20,hold_after=30+90")
    lab.send("hello")
    expect(lab.page.locator(WORD)).to_have_text("thinking")
    expect(lab.page.locator(".run-of")).to_contain_text("stream · openai")
    painted = lab.page.evaluate(PAINTED)
    lab.wait_until(f"(before) => ({PAINTED})() !== before", painted)
    upstream.release()
    expect(lab.page.locator(WORD)).to_have_text("writing")
    expect(counted(lab, "chunk")).to_have_text("90")
    wires, frames = (int(counted(lab, lane).inner_text()) for lane in ("wire", "frame"))
    assert wires >= frames > 0
    lab.stop.click()
    lab.done()
    expect(lab.page.locator(WORD)).to_have_text("stopped")
    expect(lab.page.locator(".run-figures")).to_contain_text("after Stop")
    expect(lab.page.locator(".run-phases li")).to_contain_text(
        [re.compile(rf"^{phase} [\d.]+ m?s$") for phase in ("connecting", "waiting", "thinking", "writing")]
    )


def test_its_records_are_walked_by_keys_and_by_pointer(lab: LabPage, upstream: OpenAIServer) -> None:
    upstream.set("chunks=30,rate=30")
    lab.ask("hello")
    expect(lab.page.locator(WORD)).to_contain_text("streamed")
    canvas, pointer = lab.page.locator("#run canvas"), lab.page.locator(POINTER)
    way = re.compile(r"wire \d+, \d+ B → LangChain 2 “.+” → page \d+, [\d.]+ m?s")
    canvas.focus()
    for _ in range(2):
        lab.page.keyboard.press("ArrowRight")
    expect(pointer).to_have_text(way)
    expect(canvas).to_have_attribute("aria-valuetext", way)
    lab.page.keyboard.press("End")
    expect(pointer).to_contain_text("LangChain 30 ")
    lab.page.keyboard.press("ArrowUp")
    lab.page.keyboard.press("Home")
    expect(pointer).to_contain_text(re.compile("^wire 1, "))
    expect(canvas).to_have_attribute("aria-label", re.compile("streamed"))
    box = canvas.bounding_box()
    assert box is not None
    canvas.hover(position={"x": box["width"] / 2, "y": 70})
    expect(pointer).to_contain_text("→ LangChain")


def test_its_events_its_file_and_itself_again(lab: LabPage, upstream: OpenAIServer) -> None:
    upstream.set("chunks=20,rate=10")
    lab.method("astream_events")
    lab.ask("hello")
    run = lab.page.locator("#run")
    with lab.page.expect_download() as download:
        run.get_by_role("button", name="Save").click()
    text = download.value.path().read_text("utf-8")
    assert text.startswith('{"format":"streaming-lab-run"')
    assert '"report"' in text

    chunks = counted(lab, "chunk").inner_text()
    lab.page.evaluate(STATES)
    lab.page.evaluate(BY_PICTURES)
    run.get_by_role("button", name="Replay").click()
    lab.wait_until(WAS, "writing")
    expect(lab.page.locator(WORD)).to_contain_text("streamed")
    expect(counted(lab, "chunk")).to_have_text(chunks)
    lab.page.evaluate(BY_TIME)

    # It is this one's, whatever else has run since.
    upstream.set("text=json,chunks=4")
    lab.tab("JSON")
    lab.page.locator("#run-json").click()
    expect(lab.page.locator(".json-said .verdict")).to_be_visible()
    lab.tab("Chat")
    run.get_by_role("button", name="Events").click()
    expect(lab.page.locator("#events .ev-bar").first).to_be_visible()
    expect(lab.page.locator("#events .ev-title")).to_contain_text("astream_events")
    lab.tab("Chat")
    lab.method("stream")


def test_its_json(lab: LabPage, upstream: OpenAIServer) -> None:
    button = lab.page.locator("#run").get_by_role("button", name="JSON")
    upstream.set("text=json,chunks=40,think=3,hold_after=23,id=its-json")
    lab.send("hello")
    expect(lab.text).to_contain_text("Country 1")
    upstream.release("its-json")
    lab.done()
    before = len(asked(upstream))
    button.click()
    assert verdict(lab) == "Valid JSON."
    expect(said(lab)).to_contain_text("no model was asked")
    value = json.loads(grown(lab, "object").inner_text())
    assert value == json.loads(grown(lab, "text").inner_text())
    assert set(states(lab)) == {"complete"}
    seen = lab.page.locator(".json-table td.time:nth-child(4)").all_inner_texts()
    assert len(set(seen)) > 1  # each when it came
    assert len(asked(upstream)) == before

    lab.tab("Chat")
    upstream.set("chunks=4")
    lab.ask("prose")
    button.click()
    expect(lab.page.locator(VERDICT)).to_have_text(Words("en")("json_verdict_no_json"))
    expect(lab.page.locator(".json-table tbody tr")).to_have_count(0)
    lab.tab("Chat")


def test_a_record_lights_up_its_text_and_a_text_its_record(lab: LabPage, upstream: OpenAIServer) -> None:
    upstream.set("think=5,chunks=60,rate=60,text=markdown")
    lab.ask("hello")
    expect(lab.page.locator(WORD)).to_contain_text("thought, then streamed")
    pointer = lab.page.locator(POINTER)
    lab.page.locator("#run canvas").focus()
    for key in ("End", "ArrowLeft", "ArrowLeft"):
        lab.page.keyboard.press(key)
    expect(pointer).to_contain_text("LangChain 63 ")
    quoted = re.search("LangChain 63 “(.*?)”", pointer.inner_text())
    assert quoted
    lab.wait_until(f"(text) => {LIT} === text", re.sub(r"\W", "", quoted[1]))
    # What was thought is lit in the thought, once that is open.
    lab.page.locator("#chat .title").first.click()
    lab.page.locator("#run canvas").press("Home")
    lab.wait_until(
        '() => [...CSS.highlights.get("record") ?? []][0]?.startContainer.parentElement.closest("pre")'
    )

    lab.page.evaluate(
        """() => {
          const last = [...document.querySelectorAll("#chat .bot.message .message-content li")].at(-1);
          document.getSelection().collapse(document.createTreeWalker(last, 4).nextNode(), 0);
        }"""
    )
    expect(pointer).to_contain_text(re.compile("LangChain (5|6)\\d "))
    lab.text.hover(position={"x": 4, "y": 8})
    expect(pointer).not_to_contain_text(re.compile("LangChain (5|6)\\d "))


def test_the_line_of_a_reply_opens_its_run(lab: LabPage, upstream: OpenAIServer) -> None:
    upstream.set("chunks=4")
    lab.ask("one")
    upstream.set("chunks=7")
    lab.ask("two")
    expect(counted(lab, "chunk")).to_have_text("7")
    lines, run = lab.page.locator("#chat .title [class^=run-]"), lab.page.locator("#run")
    lines.first.click()
    expect(counted(lab, "chunk")).to_have_text("4")
    with lab.page.expect_download() as download:
        run.get_by_role("button", name="Save").click()
    assert download.value.path().read_text("utf-8").count('"chunks":4,"characters"') == 1
    lab.page.set_viewport_size({"width": 390, "height": 844})
    lines.last.click()
    expect(counted(lab, "chunk")).to_have_text("7")
    expect(run.locator("canvas")).to_be_visible()
    lab.page.set_viewport_size(WINDOW)
    lab.page.reload()
    lab.opened()
    expect(lab.users).to_have_count(2)
    lines.last.click()
    expect(run.locator(".run-note")).to_have_text("This reply's run is not kept any more.")


def test_on_a_phone_it_is_a_line_that_opens(lab: LabPage, upstream: OpenAIServer) -> None:
    upstream.set("chunks=4")
    lab.page.set_viewport_size({"width": 390, "height": 844})
    lab.ask("hello")
    line, canvas = lab.page.get_by_role("button", name="This run"), lab.page.locator("#run canvas")
    expect(canvas).to_be_hidden()
    chat, message = lab.page.locator("#chat").bounding_box(), lab.message.bounding_box()
    place = line.bounding_box()
    assert chat
    assert message
    assert place
    assert chat["y"] < place["y"] < message["y"]
    line.click()
    expect(canvas).to_be_visible()
    lab.wait_until(f"() => ({PAINTED})() > 100")
    line.click()
    lab.page.set_viewport_size(WINDOW)


def test_a_newcomer_sees_a_recorded_run_before_anything_is_typed(
    open_page: Callable[..., LabPage], upstream: OpenAIServer
) -> None:
    before = len(asked(upstream))
    lab = open_page(script=f"({STATES})(); ({BY_PICTURES})()")
    story, run = lab.page.locator(STORY), lab.page.locator(".run")
    expect(story).to_contain_text("recorded")
    lab.wait_until(WAS, "thinking")
    expect(run).to_have_attribute("data-state", "thought_then_streamed")
    expect(story.locator(".recorded-text span")).to_contain_text("while it is still being written")
    for name in ("Save", "JSON"):
        expect(run.get_by_role("button", name=name)).to_be_disabled()
    expect(lab.users).to_have_count(0)
    expect(lab.past).to_have_count(0)
    assert len(asked(upstream)) == before

    for name, state in (("is cut off", "cut_off"), ("fails", "failed")):
        story.get_by_role("button", name=name).click()
        expect(run).to_have_attribute("data-state", state)
        expect(story.locator(".recorded-fault span")).to_contain_text(".")
    lab.page.evaluate(STATES)
    story.get_by_role("button", name="thinks first").click()
    lab.wait_until(WAS, "thinking")
    lab.page.evaluate(BY_TIME)
    upstream.set("chunks=4")
    story.get_by_role("button", name="Run it here").click()
    expect(lab.users).to_have_text(["What is streaming?"])
    lab.done(1)
    expect(story).to_have_count(0)
    expect(lab.page.locator(".run-of")).not_to_contain_text("recorded")
    sent = asked(upstream)[-1]
    assert [message["role"] for message in sent.body["messages"]] == ["user"]
    assert lab.complaints == []


def test_nothing_moves_where_its_reader_prefers_that(open_page: Callable[..., LabPage]) -> None:
    lab = open_page()
    lab.page.emulate_media(reduced_motion="reduce")
    lab.page.add_init_script(f"({STATES})()")
    lab.page.reload()
    expect(lab.page.locator(".run")).to_have_attribute("data-state", "thought_then_streamed")
    expect(lab.page.locator(f"{STORY} .recorded-text i")).to_be_empty()
    assert lab.page.evaluate("states") == ["thought_then_streamed"]


def test_of_a_very_long_run_only_what_can_be_told_apart_is_sent() -> None:
    view, sent = RunView(Words("en"), About(method="stream")), 0
    for at in range(60):
        records = [Chunk(at + number / 1000, 0.0, "word") for number in range(1000)]
        frame = Frame("", 1000 * (at + 1), records=[Read(at, 9, True), *records], at=float(at))
        body = view.body(frame)
        sent += len(body["marks"])
    assert body["counts"] == {"wire": 60, "chunk": 60_000}
    assert MOST < sent < MOST + 60 + FINEST * 4


def test_a_run_as_code(lab: LabPage, upstream: OpenAIServer) -> None:
    upstream.set("chunks=5")
    lab.ask("It's $HOME <b>")
    code, panel = lab.page.locator("#run").get_by_role("button", name="Code"), lab.page.locator("#code-chat")
    source = panel.locator(".cm-content")
    code.click()
    expect(source).to_contain_text('api_key=os.environ["OPENAI_API_KEY"]')
    expect(source).to_contain_text("It's $HOME <b>")
    for kind, part in [
        ("openai SDK", "client.chat"),
        ("curl", '"$OPENAI_BASE_URL"'),
        ("JavaScript", "await fetch"),
    ]:
        panel.get_by_label(kind).check()
        expect(source).to_contain_text(part)
        assert "sk-good" not in source.inner_text()
    code.click()
    expect(panel).to_be_hidden()
    code.click()
    expect(source).to_contain_text("await fetch")
    lab.ask("again")
    expect(panel).to_be_hidden()
    code.click()
    expect(source).to_contain_text('"again"')
    code.click()
