"""What a model thinks and which tools it calls, in the conversation: beside the text, never sent back."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from tests.app_process import running
from tests.browser.lab_page import LOOK, STREAMED, LabPage
from tests.chat_deltas import call, said, thoughts
from tests.http_stream import get
from tests.servers.openai_api import OpenAIServer
from tests.servers.openai_plan import AS_SET, ENDLESS
from tests.thinking_model import thinking_model

# Neither markup nor Markdown, nor a margin of its own.
AWKWARD = "\n  <b>Let</b> *me* see:\n\n<script>x</script></pre></code></div>\n```js\n$$x^2$$ ~~~~\n# Hm"
THOUGHT = re.compile(r"^\s*thought for [\d.]+ m?s, \d+ tokens\s*$")


@pytest.fixture
def lab(one_visitor: LabPage) -> LabPage:
    one_visitor.new_chat()
    return one_visitor


def beside(lab: LabPage) -> Locator:
    """What stands beside the last reply's text: its thoughts, its calls of tools, its line."""
    return lab.bot.locator(".thought-group")


def test_a_thought_is_open_while_it_grows(lab: LabPage, upstream: OpenAIServer) -> None:
    upstream.set("think=60,chunks=40,rate=40,hold_after=40+80")
    lab.send("What is baseball?")
    thought = beside(lab).first
    expect(thought.locator(".title")).to_have_text("thinking")
    expect(thought.locator("code")).to_contain_text("Lorem ipsum dolor")
    upstream.release()
    expect(lab.said).to_have_count(1)
    # The text has begun.
    expect(thought.locator("code")).to_have_count(0)
    expect(thought.locator(".title")).to_have_text(re.compile(r"thought for [\d.]+ m?s"))
    expect(lab.stop).to_be_enabled()
    upstream.release()
    assert STREAMED.search(lab.done())
    expect(thought.locator(".title")).to_have_text(re.compile(r"thought for [\d.]+ m?s, 60 tokens"))
    lab.unfold("Lorem ipsum dolor")


def test_parts_in_their_order_and_only_texts_sent_back(
    open_page: Callable[..., LabPage], upstream: OpenAIServer
) -> None:
    lab = open_page()
    upstream.set("recite,rate=40")
    arguments = '{"city": "<b>Paris"}'
    calls = call("get_weather", *(arguments[at : at + 4] for at in range(0, len(arguments), 4)))
    lab.ask(said([*thoughts(AWKWARD[:20], AWKWARD[20:]), "It ", "*is*", *calls, "sunny."]))
    parts = lab.bot.locator(".message")
    expect(parts).to_have_text(
        [THOUGHT, "It is", re.compile("calls get_weather"), "sunny.", re.compile("stream")]
    )
    expect(parts.nth(2).locator("code").last).to_have_text(arguments)
    lab.unfold(AWKWARD)
    assert lab.complaints == []

    upstream.set("echo")
    for number in (1, 2):
        lab.ask(f"question {number}")
        asked, answered, *rest = upstream.requests(AS_SET)[-1].body["messages"]
        assert (asked["role"], answered) == ("user", {"role": "assistant", "content": "It *is*\n\nsunny."})
        assert rest[-1] == {"role": "user", "content": f"question {number}"}
        # The second is asked of the conversation as the browser has kept it.
        lab.page.reload()
        lab.opened()
        lab.past.first.click()
        expect(lab.users).to_have_count(number + 1)
        expect(lab.page.locator("#chat .thought-group .title").first).to_have_text(THOUGHT)


def test_a_thought_that_came_as_text_is_folded_and_not_sent_back(
    lab: LabPage, upstream: OpenAIServer
) -> None:
    upstream.set("recite,rate=40")
    line = lab.ask(said(["Two ", "and two.\n", "</think>\n\n", "*Four*."]))
    title = "thinking sent as text, up to </think>"
    assert f" · {title} · " in line
    parts = lab.bot.locator(".message")
    expect(parts).to_have_text([title, "Four.", re.compile("stream")])
    lab.unfold("Two and two.\n")
    upstream.set("echo")
    lab.ask("And three?")
    answered = upstream.requests(AS_SET)[-1].body["messages"][1]
    assert answered == {"role": "assistant", "content": "*Four*."}


def test_stop_in_the_middle_of_a_thought(lab: LabPage, upstream: OpenAIServer) -> None:
    upstream.set(f"think=160,{ENDLESS}")
    lab.send("What is baseball?")
    expect(beside(lab).first.locator("code")).to_contain_text("Lorem ipsum dolor")
    lab.stop.click()
    assert "after Stop" in lab.done()
    expect(beside(lab).first.locator(".title")).to_have_text(re.compile(r"^\s*thought for [\d.]+ m?s\s*$"))
    expect(beside(lab)).to_have_count(2)
    expect(lab.said).to_have_count(0)


def test_thoughts_alone_and_what_is_done_with_them(lab: LabPage, upstream: OpenAIServer) -> None:
    upstream.set("think=20,chunks=0,rate=50")
    assert lab.ask("What is baseball?").endswith("failed")
    expect(lab.fault).to_contain_text("The model thought for 20 tokens but wrote no answer.")
    expect(beside(lab).first.locator(".title")).to_have_text(THOUGHT)
    upstream.set("think=20,chunks=20,rate=50")
    assert STREAMED.search(lab.ask_again())
    expect(lab.said).to_have_count(1)

    upstream.set("think=20,chunks=20,rate=50,hold_after=30")
    lab.page.get_by_role("button", name="Edit").first.click()
    lab.page.locator("#chat textarea").fill("And football?")
    lab.page.get_by_role("button", name="Submit").click()
    expect(lab.stop).to_be_enabled()
    upstream.release()
    assert STREAMED.search(lab.done())
    expect(lab.users).to_have_text(["And football?"])
    assert [message["content"] for message in upstream.requests(AS_SET)[-1].body["messages"]] == [
        "And football?"
    ]
    lab.page.get_by_role("button", name="Undo").click()
    expect(lab.users).to_have_count(0)
    expect(lab.message).to_have_value("And football?")


def test_the_embedded_model_s_thoughts_are_skipped(open_at: Callable[..., LabPage], tmp_path: Path) -> None:
    with running(LOCAL_MODEL=str(thinking_model(tmp_path)), MAX_TOKENS="1900", TEMPERATURE="0") as app:
        lab = open_at(app.url)
        skip, thought = lab.page.locator("#skip-thinking"), beside(lab).locator("code")
        while get(app.url, "/healthz")[1]["providers"]["local"]["state"] == "loading":
            lab.page.wait_for_timeout(LOOK)
        model = app.llama()
        model.suspend()
        try:
            lab.send("Tell me a long story about a river.")
            app.work_until(lambda: any(thought.all_inner_texts()))
            skip.click()
            app.work_until(lambda: lab.has_said(r"\w"))
            expect(skip).to_be_hidden()
            lab.stop.click()
            assert "after Stop" in lab.done()
        finally:
            model.resume()
        assert lab.complaints == []
