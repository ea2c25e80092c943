"""The page of a visitor whose server dies: what it says, what it keeps, and how it goes on with another."""

from __future__ import annotations

import re
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import expect

from components.locale import Words
from components.locale.report import sentences
from components.streaming import Fault
from tests.app_process import App, running
from tests.browser.lab_page import LabPage
from tests.servers.haproxy import proxied
from tests.servers.openai_api import OpenAIServer
from tests.servers.openai_plan import AS_TOLD, ENDLESS

ENGLISH = Words("en")
HELD = "chunks=60,rate=20,hold_after=20"
BROKE = f"{ENGLISH('connection_broke')} {ENGLISH('fault_ending_do')}"


@pytest.fixture
def environment(upstream: OpenAIServer) -> dict[str, str]:
    return {
        "PROVIDER": "openai",
        "MODEL": AS_TOLD,
        "OPENAI_BASE_URL": upstream.base_url,
    }


@pytest.fixture
def replicas(environment: dict[str, str]) -> Iterator[dict[str, App]]:
    """By the name that the proxy's cookie gives them."""
    with ExitStack() as stack:
        yield {name: stack.enter_context(running(**environment)) for name in ("app1", "app2")}


def kill(lab: LabPage, replicas: dict[str, App], by: signal.Signals = signal.SIGKILL) -> App:
    """The one whose visitor this is."""
    (cookie,) = (one for one in lab.page.context.cookies() if one.get("name") == "replica")
    app = replicas.pop(str(cookie.get("value")))
    app.process.send_signal(by)
    return app


def turns(upstream: OpenAIServer) -> list[str]:
    """What the model was sent last."""
    return [message["content"] for message in upstream.requests(AS_TOLD)[-1].body["messages"]]


def test_a_replica_dies_in_mid_reply_and_the_other_when_nothing_happens(
    open_at: Callable[..., LabPage],
    replicas: dict[str, App],
    environment: dict[str, str],
    upstream: OpenAIServer,
) -> None:
    with proxied(*(app.url for app in replicas.values())) as url:
        lab = open_at(url)
        asked: list[str] = []
        lab.page.on("request", lambda request: asked.append(request.url))
        lab.ask("chunks=2")
        assert [one for one in asked if "heartbeat" in one] == []  # while all is well it looks for nothing
        lab.send(HELD)
        expect(lab.text).to_have_text(re.compile("Lorem ipsum dolor sit amet"))
        kill(lab, replicas)
        expect(lab.fault).to_have_text(BROKE)
        expect(lab.text).to_have_text(re.compile("^Lorem ipsum dolor sit amet"))
        expect(lab.users).to_have_text(["chunks=2", HELD])
        expect(lab.stop).to_be_disabled()
        expect(lab.page.locator(".toast-body")).to_have_count(0)
        upstream.wait_for(lambda entry: entry.closed is not None, AS_TOLD)
        upstream.release()
        assert "finish: stop" in lab.ask_again()
        expect(lab.said).to_have_count(2)
        expect(lab.users).to_have_text(["chunks=2", HELD])
        assert turns(upstream) == ["chunks=2", "Lorem ipsum", HELD]

        # The other one, while nothing happens; then one is started in its place.
        (app,) = replicas.values()
        port = app.url.rpartition(":")[2]
        kill(lab, replicas)
        expect(lab.page.locator("#connection")).to_have_text(ENGLISH("connection_looking"))
        expect(lab.page.locator("#connection")).to_be_visible()
        with running(GRADIO_SERVER_PORT=port, **environment):
            expect(lab.page.locator("#connection")).to_be_hidden()
            assert "finish: stop" in lab.ask("chunks=3")
            expect(lab.users).to_have_text(["chunks=2", HELD, "chunks=3"])
            assert turns(upstream)[::2] == ["chunks=2", HELD, "chunks=3"]
            expect(lab.fault).to_have_count(0)
            # One conversation, though three servers had it.
            expect(lab.past).to_have_text([re.compile("chunks=2")])


def test_a_replica_is_told_to_end_and_a_key_that_goes_with_it_is_said_to_be_missing(
    open_at: Callable[..., LabPage], environment: dict[str, str], upstream: OpenAIServer
) -> None:
    with ExitStack() as stack:
        started = {**environment, "DRAIN_SECONDS": "600"}
        replicas = {name: stack.enter_context(running(**started)) for name in ("app1", "app2")}
        lab = open_at(stack.enter_context(proxied(*(app.url for app in replicas.values()))))
        lab.use("anthropic", "claude-x", api_key="sk-good-1234567890")
        busy = LabPage(lab.page.context.new_page(), lab.page.url)
        busy.send(f"{HELD},id=busy")
        expect(busy.text).not_to_have_text("")
        # A page behind another is drawn once a second.
        lab.page.bring_to_front()
        ending = kill(lab, replicas, signal.SIGTERM)
        said = lab.page.locator("#provider-said")
        lab.tab("Provider")
        expect(said).to_contain_text(ENGLISH("missing_fields", fields=ENGLISH("field_api_key")))
        lab.tab("Chat")
        expect(lab.page.locator("#in-use")).to_contain_text("anthropic, claude-x")
        lab.ask("hello")
        missing = Fault("missing", {"fields": "api_key"})
        expect(lab.fault).to_have_text(" ".join(sentences(ENGLISH, missing, provider="anthropic")))
        # The other tab has its reply from the one that ends, and goes on with the one that doesn't.
        expect(busy.stop).to_be_enabled()
        busy.page.bring_to_front()
        upstream.release("busy")
        assert "finish: stop" in busy.done()
        assert ending.ended() == 0
        busy.send(ENDLESS)
        expect(busy.said).to_have_count(2)
        busy.stop.click()
        assert "after Stop" in busy.done()
        expect(busy.users).to_have_text([f"{HELD},id=busy", ENDLESS])
        expect(busy.fault).to_have_count(0)
