"""Whatever goes wrong with a provider: one pair of sentences, what had arrived stays, and it goes on."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import expect

from components.streaming import Fault
from tests.app_process import App
from tests.browser.faults import says, shows_no_python
from tests.browser.lab_page import LabPage
from tests.servers.openai_api import OpenAIServer
from tests.servers.openai_plan import AS_SET

VISITORS_KEY, ANOTHER = "sk-bad-VISITORS-KEY-9876543210", "sk-good-ANOTHER-KEY-9876543210"
KEYS = (VISITORS_KEY, ANOTHER, "sk-good-OWNERS-KEY-0123456789")
FIVE = "Lorem ipsum dolor sit amet,"
THREE_ATTEMPTS = "3 attempts"
SERVERS_WORDS = "The server had an error while processing your request. Sorry about that!"


@dataclass(frozen=True)
class Day:
    """`plan` is what the server does; `kept` all the text that arrives, `line` what the quiet line has.

    `fields` are given on the Provider tab; without any the provider stays as it is.
    """

    fault: Fault
    plan: str = ""
    kept: str = ""
    line: str = "failed"
    provider: str = "openai"
    fields: dict[str, str] = field(default_factory=dict)


SILENT = {"delay": "0", "rate": "0", "failure": "stall", "fail_after": "4", "timeout": "0.2"}
# What leads to the same sentence in other ways is in tests/test_faults.py.
DAYS = {
    "refused connection": Day(
        Fault("unreachable"), fields={"base_url": "http://127.0.0.1:{closed}/v1"}, line=THREE_ATTEMPTS
    ),
    "no URL": Day(Fault("bad_setting", {"field": "base_url"}), fields={"base_url": "not a url"}),
    "429 for a minute": Day(Fault("rate_limited", {"status": "429"}, retry_after=60), "429,retry_after=60"),
    "500, thrice": Day(
        Fault("server_error", {"status": "500"}), "500,fail_times=3,id=recovers,chunks=4", line=THREE_ATTEMPTS
    ),
    "silence in mid-reply": Day(Fault("timeout"), kept="Streaming means", provider="scripted", fields=SILENT),
    "no finish reason": Day(Fault("cut_off"), "chunks=9,close_after=5", FIVE, line="cut off without"),
    "error in the stream": Day(Fault("provider_error", {"detail": SERVERS_WORDS}), "error_after=5", FIVE),
    # Last of them, as the others go with the owner's key.
    "wrong key": Day(Fault("unauthorized", {"status": "401"}), "auth", fields={"api_key": VISITORS_KEY}),
}

# The days after which the conversation goes on: nothing was sent, nothing came, or a part; no retry helped;
# the server has recovered by itself.
GOING_ON = ("no URL", "wrong key", "error in the stream", "refused connection", "500, thrice")


@pytest.fixture(scope="module")
def closed() -> Iterator[str]:
    """A port where nobody listens, and nobody else can."""
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))
        yield str(unheard.getsockname()[1])


@pytest.fixture
def lab(one_visitor: LabPage) -> LabPage:
    one_visitor.new_chat()
    return one_visitor


@pytest.mark.parametrize("name", DAYS)
def test_a_bad_day(name: str, lab: LabPage, app: App, upstream: OpenAIServer, closed: str) -> None:
    day = DAYS[name]
    logged = len(app.log())
    upstream.set(day.plan)
    if day.fields:
        lab.use(day.provider, **{key: value.format(closed=closed) for key, value in day.fields.items()})
    assert day.line in lab.ask("hello")

    model = AS_SET if day.provider == "openai" else day.provider
    says(lab, day.fault, provider=day.provider, model=model)
    if day.kept:
        expect(lab.text).to_have_text(re.compile(rf"^\s*{re.escape(day.kept)}"))
    else:
        expect(lab.said).to_have_count(0)
    log = app.log()[logged:]
    assert f"failed: {day.fault.kind}" in log
    assert not [key for key in KEYS if key in log + lab.page.content()]
    shows_no_python(lab)
    assert lab.complaints == []

    if day.fields:
        again = {"api_key": ANOTHER} if "api_key" in day.fields else {"base_url": upstream.base_url}
        lab.use("openai", AS_SET, **again)
    if name in GOING_ON:
        if "fail_times" not in day.plan:
            upstream.set("chunks=4")
        works_again(lab)


def test_a_wait_that_is_asked_for_is_said_and_kept(lab: LabPage, upstream: OpenAIServer) -> None:
    upstream.set("429,retry_after=20,fail_times=1,id=waits,chunks=4")
    lab.send("hello")
    expect(lab.line).to_have_text(re.compile(r"openai is getting .* Retrying in 20\.0 s \(attempt 2\)"))
    lab.stop.click()
    assert "after Stop" in lab.done()
    lab.new_chat()
    upstream.set("429,retry_after=1,fail_times=1,id=kept,chunks=4")
    assert "2 attempts" in lab.ask("hello")
    expect(lab.text).to_have_text("Lorem ipsum dolor sit")
    expect(lab.fault).to_have_count(0)
    expect(lab.try_again).to_be_hidden()


def works_again(lab: LabPage) -> None:
    """Try again replaces the failed reply, under the same message; then the next message is answered."""
    assert "finish: stop" in lab.ask_again()
    expect(lab.users).to_have_text(["hello"])
    expect(lab.said).to_have_text(["Lorem ipsum dolor sit"])
    expect(lab.fault).to_have_count(0)
    assert "finish: stop" in lab.ask("and now?")
    expect(lab.users).to_have_text(["hello", "and now?"])
    expect(lab.said).to_have_count(2)
    expect(lab.try_again).to_be_hidden()


def test_another_conversation_has_nothing_to_try_again(lab: LabPage, upstream: OpenAIServer) -> None:
    upstream.set("401")
    for leave in (lab.new_chat, lambda: lab.page.get_by_role("button", name="Undo").click()):
        lab.ask("hello")
        expect(lab.try_again).to_be_visible()
        leave()
        expect(lab.users).to_have_count(0)
        expect(lab.try_again).to_be_hidden()


# Last, as another provider is then in use.
def test_the_embedded_model_is_killed_in_mid_reply(lab: LabPage, app: App) -> None:
    lab.use("local")
    lab.settings()
    lab.at_most(1900)
    lab.page.get_by_label("Temperature").fill("0")
    child = app.llama()
    child.suspend()
    lab.send("Write a very long story about the sea.")
    app.work_until(lambda: lab.has_said(r"\w+ \w+"))
    child.kill()
    assert "failed" in lab.done()
    says(lab, Fault("local_died"))
    expect(lab.said).to_have_text(re.compile(r"\w+ \w+"))
    lab.try_again.click()
    expect(lab.try_again).to_be_hidden()
    expect(lab.text).to_have_text(re.compile(r"\w+ \w+"))
    expect(lab.users).to_have_count(1)
    expect(lab.fault).to_have_count(0)
    lab.stop.click()
    lab.done()
    assert app.llama().pid != child.pid
    assert "llama.cpp ended by itself" in app.log()
