"""The page at an address of the network, by nginx; a page of another site at this one's address."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.app_process import App, running
from tests.browser.lab_page import WHOLE, LabPage
from tests.docs import block
from tests.servers.nginx import nginx

# The browser asks nginx for it, whoever has this address: no Sec-Fetch-Site is sent to one that is neither
# loopback nor https.
HOST = "192.0.2.5:9202"
# Nor is anything at another port taken for it.
SERVER = """
if ($http_host != "192.0.2.5:9202") {{ return 404; }}
location / {{ proxy_pass {url}; proxy_http_version 1.1; proxy_buffering off; {more} }}
"""


@pytest.fixture(scope="module")
def app() -> Iterator[App]:
    with running(PROVIDER="scripted", MAX_TOKENS="5") as app:
        yield app


@pytest.fixture
def through(browser: Browser) -> Iterator[Callable[[str], Page]]:
    """A page of a browser that asks this server for everything."""
    contexts = []

    def open_(server: str) -> Page:
        contexts.append(browser.new_context(proxy={"server": server}, locale="en-US"))
        return contexts[-1].new_page()

    yield open_
    for context in contexts:
        context.close()


def test_nginx_that_drops_the_port(app: App, through: Callable[[str], Page]) -> None:
    with nginx(SERVER.format(url=app.url, more="proxy_set_header Host $host;")) as server:
        lab = LabPage(through(server), f"http://{HOST}/")
        assert WHOLE.search(lab.ask("hello"))
        assert lab.complaints == []
        lab.page.close()


def test_what_is_streamed_asks_nginx_not_to_gather_it(app: App, open_at: Callable[..., LabPage]) -> None:
    lab = open_at(app.url)
    with lab.page.expect_response(lambda response: "/queue/data" in response.url) as stream:
        lab.ask("hello")
    assert stream.value.headers["x-accel-buffering"] == "no"


def test_nginx_that_changes_the_host(app: App, through: Callable[[str], Page]) -> None:
    """It is no blank page, and says what to set."""
    with nginx(SERVER.format(url=app.url, more="")) as server:
        page = through(server)
        page.goto(f"http://{HOST}/")
        expect(page.locator("#message textarea")).to_be_visible()
        page.locator("#message textarea").fill("hello")
        page.locator("#message textarea").press("Enter")
        expect(page.get_by_text("ALLOWED_HOSTS=192.0.2.5").first).to_be_visible()
        page.close()


def test_a_path_of_another_site(through: Callable[[str], Page]) -> None:
    """As the README has it: it is styled, and all of it works."""
    with running(PROVIDER="scripted", MAX_TOKENS="5", GRADIO_ROOT_PATH="/lab") as app:
        below = {"location /": "location /lab/", "http://127.0.0.1:7860": f"{app.url}/"}
        lines = re.sub("|".join(below), lambda found: below[found[0]], block("nginx"))
        with nginx(f"location / {{ return 204; }}\n{lines}") as server:
            lab = LabPage(through(server), f"http://{HOST}/lab/")
            expect(lab.page.locator("#in-use")).to_have_css("font-family", re.compile("monospace"))
            assert WHOLE.search(lab.ask("hello"))
            lab.page.evaluate("navigator.clipboard.writeText = async (text) => (window.copied = text)")
            lab.page.locator("#run").get_by_role("button", name="Link", exact=True).click()
            lab.page.locator("#run").get_by_role("button", name="Copy link").click()
            lab.wait_until("() => window.copied")
            link = lab.page.evaluate("copied")
            assert link.startswith(f"http://{HOST}/lab/#run=1.")
            lab.page.goto(link)
            expect(lab.page.locator("#chat .recorded-asked")).to_have_text("hello")
            lab.past.first.click()
            lab.tab("Lessons")
            assert lab.complaints == []
            lab.page.goto(f"http://{HOST}/lab/#")
            lab.page.reload()
            lab.opened()
            expect(lab.users).to_have_text(["hello"])
            assert lab.complaints == []
            lab.page.close()


def test_a_name_of_another_site(app: App, through: Callable[[str], Page]) -> None:
    """That leads to this machine (DNS rebinding)."""
    page = through(app.url)
    answer = page.goto("http://evil.example/")
    assert answer is not None
    assert answer.status == 421
    expect(page.get_by_text("ALLOWED_HOSTS=evil.example")).to_be_visible()
    assert page.evaluate("fetch('/config').then((answer) => answer.status)") == 421
