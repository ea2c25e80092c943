"""Whatever is typed: it arrives unchanged, or one sentence says why not; and nothing of it is executed."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from components.locale import Words
from components.streaming import Fault
from tests.browser.faults import says
from tests.browser.lab_page import LabPage
from tests.servers.openai_api import OpenAIServer
from tests.servers.openai_plan import AS_SET, ENDLESS

ENGLISH = Words("en")

MILLION = "word " * 200_000
ATTACKS = (
    "<script>window.executed = 1</script>"
    "<img src='data:image/png;base64,AAAA' onerror='window.executed = 2'>"
    "<svg onload='window.executed = 3'></svg>"
    "<iframe srcdoc='<script>parent.executed = 4</script>'></iframe>"
    "<details open ontoggle='window.executed = 5'>x</details>"
    " and [a link](javascript:window.executed=6)"
)
SCRIPTS = {
    "emoji": "👩‍👩‍👧‍👦 🇯🇵 👍🏽 cafe\u0301 𝒜 日本語",
    "right to left": "مرحبا بالعالم — שלום עולם, English 123",
    "quotes": "\"double\" 'single' `back` \\ back\\nslash {braces} $dollar$",
}


@pytest.fixture
def lab(one_visitor: LabPage, upstream: OpenAIServer) -> LabPage:
    """Its model echoes what it was sent."""
    upstream.set("echo")
    one_visitor.new_chat()
    one_visitor.complaints.clear()
    return one_visitor


def test_nothing_but_white_space(lab: LabPage, upstream: OpenAIServer) -> None:
    for text in ("", "   ", "\n\n \t"):
        before = len(upstream.requests(AS_SET))
        lab.send(text)
        lab.done()
        says(lab, Fault("empty_message"))
        assert len(upstream.requests(AS_SET)) == before, repr(text)
        lab.ask("hello")
        assert asked(upstream) == [{"role": "user", "content": "hello"}], repr(text)
        lab.new_chat()


def test_every_script_goes_and_comes_back_unchanged(lab: LabPage, upstream: OpenAIServer) -> None:
    upstream.set("echo,bytewise")
    for name, text in SCRIPTS.items():
        assert "finish: stop" in lab.ask(text), name
        assert asked(upstream) == [{"role": "user", "content": text}], name
        expect(lab.users).to_have_text([text])
        if name != "quotes":  # of which a reply may write some as markup
            expect(lab.said).to_contain_text(text)
        lab.new_chat()


def test_stop_and_a_drop_inside_a_code_fence(lab: LabPage, upstream: OpenAIServer) -> None:
    upstream.set(f"text=markdown,{ENDLESS}")
    lab.send("hello")
    expect(lab.page.locator("#chat pre").first).to_contain_text("for chunk in")
    lab.stop.click()
    assert "after Stop" in lab.done()
    expect(lab.line).to_be_visible()
    expect(lab.page.locator("#chat pre").get_by_text("after Stop")).to_have_count(0)
    lab.new_chat()
    upstream.set("text=markdown,chunks=400,drop_after=20,rate=40")
    lab.ask("hello")
    says(lab, Fault("dropped"), provider="openai")
    expect(lab.page.locator("#chat pre").locator(".fault")).to_have_count(0)


def test_the_settings_reach_the_model(lab: LabPage, upstream: OpenAIServer) -> None:
    system = "Be brief. " * 5_000
    lab.settings()
    lab.page.get_by_label("System prompt").fill(system)
    field = lab.page.get_by_label("Temperature")
    for temperature in ("", "0", "2"):
        if temperature:
            field.fill(temperature)
        expect(field).to_have_value(temperature)
        lab.at_most(1)
        line = lab.ask("hello")
        assert "finish: length" in line
        body = upstream.requests(AS_SET)[-1].body
        assert body.get("temperature") == (float(temperature) if temperature else None)
        assert (body.get("max_completion_tokens") or body["max_tokens"]) == 1
        assert body["messages"][0] == {"role": "system", "content": system}
        expect(lab.fault).to_have_count(0)
    for temperature in ("warm", "3", "nan"):
        field.fill(temperature)
        lab.ask("hello")
        expect(lab.fault).to_contain_text(ENGLISH("fault_bad_setting", field="Temperature"))
        lab.new_chat()
    field.fill("")
    lab.page.get_by_label("System prompt").fill("")
    lab.at_most(160)
    lab.settings()


def asked(upstream: OpenAIServer) -> list[dict[str, Any]]:
    """The messages of the last request."""
    messages: list[dict[str, Any]] = upstream.requests(AS_SET)[-1].body["messages"]
    return messages


def test_a_picture_in_a_reply_asks_no_other_server(lab: LabPage) -> None:
    asked: list[str] = []
    with OpenAIServer() as foreign:
        lab.page.on("requestfinished", lambda request: asked.append(request.url))
        picture = foreign.base_url.replace("/v1", "/spy.png")
        lab.ask(f"![what the reader asked]({picture})")
        expect(lab.page.locator("#chat img").first).to_be_attached()
        assert picture not in asked
        assert foreign.requests() == []


# The last two, as the page that is loaded anew has another provider in use, and a megabyte is carried along.
def test_nothing_that_was_typed_or_said_is_executed(lab: LabPage, upstream: OpenAIServer) -> None:
    upstream.set("<img src onerror>=1")
    lab.ask("hello")
    expect(lab.fault).to_contain_text("<img src onerror>")  # the provider's own words
    expect(lab.fault.locator("img")).to_have_count(0)
    lab.new_chat()
    upstream.set("echo")
    assert "finish: stop" in lab.ask(ATTACKS)
    assert asked(upstream) == [{"role": "user", "content": ATTACKS}]
    for link in lab.page.locator("#chat a").all():
        assert "javascript" not in (link.get_attribute("href") or "")
    lab.ask("hello")
    assert lab.page.evaluate("window.executed") is None
    lab.page.reload()
    lab.page.get_by_role(
        "gridcell", name="script"
    ).first.click()  # what was kept in the browser is shown again
    expect(lab.users).to_have_count(2)
    assert lab.page.evaluate("window.executed") is None


def test_a_message_larger_than_the_window_and_one_of_a_megabyte(lab: LabPage, upstream: OpenAIServer) -> None:
    for provider, large, window in (("local", MILLION[:40_000], "2048"), ("openai", MILLION, "128000")):
        before = len(upstream.requests(AS_SET))
        lab.use(provider, AS_SET if provider == "openai" else "")
        assert "failed" in lab.ask(large), provider
        says(lab, Fault("too_long", {"window": window}))
        assert len(upstream.requests(AS_SET)) == before, provider
        expect(lab.users).to_have_count(1)
        lab.page.get_by_role("button", name="Undo").click()  # it is not lost: it can be shortened
        expect(lab.users).to_have_count(0)
        assert lab.message.input_value().strip() == large.strip()
        if provider == "local":
            lab.use("openai", AS_SET)
            lab.ask("shorter")
            assert asked(upstream) == [{"role": "user", "content": "shorter"}]
            lab.new_chat()
    upstream.set("chunks=4")
    lab.use("openai", window="0")
    lab.message.press("Enter")
    assert "finish: stop" in lab.done(1)
    assert asked(upstream)[-1]["content"].strip() == MILLION.strip()
