"""The page of a visitor whose network or server is away for a while: what is asked meanwhile waits."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager

import pytest
from playwright.sync_api import Request, Route, expect

from components.locale import Words
from tests.app_process import App, free_port, running
from tests.browser.events_page import EventsPage
from tests.browser.lab_page import LabPage
from tests.browser.visitors import Visitors
from tests.run_log import wait_for
from tests.servers.openai_api import OpenAIServer
from tests.servers.openai_plan import AS_TOLD, ENDLESS
from tests.servers.relay import Way


class Server:
    """The app at one address, whichever process it is."""

    def __init__(self, upstream: OpenAIServer) -> None:
        self._environment = {
            "PROVIDER": "openai",
            "MODEL": AS_TOLD,
            "OPENAI_BASE_URL": upstream.base_url,
            "GRADIO_SERVER_PORT": str(free_port()),
        }
        self._running = ExitStack()
        self.start()

    def start(self) -> None:
        self.app: App = self._running.enter_context(running(**self._environment))

    def kill(self) -> None:
        self.app.process.kill()
        self.app.process.wait()

    def close(self) -> None:
        self._running.close()


@pytest.fixture(scope="module")
def server(upstream: OpenAIServer) -> Iterator[Server]:
    server = Server(upstream)
    yield server
    server.close()


@pytest.fixture(scope="module")
def visitor(visitors: Visitors, server: Server) -> Iterator[LabPage]:
    lab = visitors.open(server.app.url)
    yield lab
    visitors.leave(lab)


@pytest.fixture
def lab(visitor: LabPage) -> LabPage:
    visitor.new_chat()
    visitor.ask("chunks=2")
    return visitor


@contextmanager
def no_network(lab: LabPage, server: Server) -> Iterator[None]:
    lab.page.context.set_offline(True)
    yield
    lab.page.context.set_offline(False)


@contextmanager
def no_server(lab: LabPage, server: Server) -> Iterator[None]:
    server.kill()
    yield
    server.start()


# Of Gradio's events the one with this script.
EVENT = "(js) => window.gradio_config.dependencies.find((event) => event.js === js).id"
Away = Callable[[LabPage, Server], AbstractContextManager[None]]


@pytest.mark.parametrize("away", [no_network, no_server])
def test_a_message_that_is_sent_into_the_void_waits(away: Away, lab: LabPage, server: Server) -> None:
    with away(lab, server):
        lab.send("chunks=3")
        expect(lab.page.locator("#connection")).to_be_visible()
    lab.done(2)
    expect(lab.page.locator("#connection")).to_be_hidden()
    expect(lab.said).to_have_text(["Lorem ipsum", "Lorem ipsum dolor"])
    goes_on(lab)


def test_a_new_chat_begins_when_it_can(lab: LabPage, server: Server) -> None:
    with no_network(lab, server):
        lab.page.get_by_role("button", name="New chat").click()
        expect(lab.page.locator("#connection")).to_be_visible()
    expect(lab.users).to_have_count(0)
    goes_on(lab)


@pytest.mark.parametrize("first", [False, True])
def test_what_is_said_before_all_is_told(first: bool, lab: LabPage, server: Server) -> None:
    """`first`: a new chat is told before what the page shows, and a message waits for both."""
    shown, sent = (lab.page.evaluate(EVENT, f"conversations.{name}") for name in ("shown", "sent"))
    held: list[Route] = []
    passed: list[tuple[str, int]] = []

    def event_of(request: Request) -> int:
        return int(json.loads(request.post_data or "{}")["fn_index"])

    def pass_on(route: Route) -> None:
        event = event_of(route.request)
        passed.append(("asked", event))
        (held.append if event == shown and len(held) <= first else Route.continue_)(route)

    def answered(request: Request) -> None:
        if "/run/predict" in request.url:
            passed.append(("answered", event_of(request)))

    lab.page.on("requestfinished", answered)
    with (no_network if first else no_server)(lab, server):
        if first:
            lab.page.get_by_role("button", name="New chat").click()
        expect(lab.page.locator("#connection")).to_be_visible()
        lab.page.route("**/run/predict", pass_on)
    # The server is told other things meanwhile, one of them before this or not.
    while first and not (held and any(event != shown for _, event in passed)):
        lab.page.wait_for_timeout(10)
    if first:
        held[0].continue_()
    while len(held) <= first:  # what the page shows is drawn once more
        lab.page.wait_for_timeout(10)
    lab.send("chunks=4")
    expect(lab.message).to_have_value("")
    held[-1].continue_()
    before = [] if first else ["chunks=2"]
    assert "finish: stop" in lab.done(len(before) + 1)
    lab.page.unroute("**/run/predict")
    lab.page.remove_listener("requestfinished", answered)
    last = len(passed) - 1 - passed[::-1].index(("answered", shown))
    assert last < passed.index(("asked", sent))
    expect(lab.users).to_have_text([*before, "chunks=4"])
    expect(lab.text).to_have_text("Lorem ipsum dolor sit")
    goes_on(lab)


def test_a_network_that_comes_and_goes(lab: LabPage, server: Server) -> None:
    """A browser has six connections to a server."""
    for _ in range(6):
        with no_network(lab, server):
            lab.page.get_by_role("button", name="New chat").click()
            expect(lab.page.locator("#connection")).to_be_visible()
        expect(lab.page.locator("#connection")).to_be_hidden()
    goes_on(lab)


def test_what_is_said_after_the_first_reply_broke_off_is_kept(lab: LabPage, server: Server) -> None:
    lab.new_chat()
    lab.send(ENDLESS)
    expect(lab.text).to_contain_text("Lorem ipsum")
    with no_server(lab, server):
        expect(lab.page.locator("#connection")).to_be_visible()
    expect(lab.fault).to_be_visible()
    lab.send("chunks=2")
    lab.done(1)  # what broke off has no line
    lab.page.reload()
    lab.opened()
    expect(lab.users).to_have_text([ENDLESS, "chunks=2"])
    lab.past.first.click()
    expect(lab.users).to_have_text([ENDLESS, "chunks=2"])


def test_a_gap_in_mid_reply(server: Server, open_at: Callable[..., LabPage]) -> None:
    way = Way(int(server.app.url.rsplit(":", 1)[1]))
    lab = open_at(f"http://127.0.0.1:{way.port}")
    lab.send(ENDLESS)
    expect(lab.text).to_contain_text("Lorem ipsum")
    with way.cut():
        expect(lab.page.locator("#connection")).to_be_visible()
    expect(lab.page.locator("#connection")).to_be_hidden()
    expect(lab.stop).to_be_disabled()
    assert lab.text.inner_text().startswith("Lorem ipsum")
    expect(lab.fault).to_contain_text(Words("en")("connection_broke"))
    lab.send("chunks=4")
    assert "finish: stop" in lab.done(1)  # what broke off has no line
    expect(lab.text).to_have_text("Lorem ipsum dolor sit")
    way.close()


def test_a_page_that_was_frozen_in_mid_reply(lab: LabPage, server: Server, upstream: OpenAIServer) -> None:
    """As a browser does with a tab in the background."""
    lab.send("chunks=60,rate=20,hold_after=20")
    expect(lab.text).to_contain_text("Lorem ipsum")
    browser = lab.page.context.new_cdp_session(lab.page)
    browser.send("Page.setWebLifecycleState", {"state": "frozen"})
    upstream.release()
    wait_for(server.app, lambda line: line["chunks"] == 60)
    browser.send("Page.setWebLifecycleState", {"state": "active"})
    assert "finish: stop" in lab.done(2)
    goes_on(lab)


def test_an_open_events_tab_shows_what_runs_on_the_next_server(lab: LabPage, server: Server) -> None:
    events = EventsPage(lab)
    for _ in range(2):
        events.run(prompt="chunks=2")
        events.ended()
    with no_server(lab, server):
        expect(lab.page.locator("#connection")).to_be_visible()
    expect(lab.page.locator("#connection")).to_be_hidden()
    events.run(prompt="chunks=3")
    events.ended()
    assert events.text == "Lorem ipsum dolor"
    lab.tab("Chat")
    # Of a run that only the server before this one knew, the JSON tab has nothing.
    lab.page.locator("#run").get_by_role("button", name="JSON").click()
    expect(lab.page.locator(".json-said .fault")).to_have_text(Words("en")("run_gone"))
    lab.tab("Chat")


def goes_on(lab: LabPage) -> None:
    users = lab.users.count()
    assert "finish: stop" in lab.ask("chunks=4")
    expect(lab.users).to_have_count(users + 1)
    expect(lab.text).to_have_text("Lorem ipsum dolor sit")
    expect(lab.fault).to_have_count(0)
    expect(lab.page.locator(".toast-body")).to_have_count(0)
