"""A Chromium, and the app with a provider that needs no key, once for all browser tests.

They go before the tests of other folders begin: Playwright keeps an event loop running in this thread, and
the app has a llama.cpp of its own.
"""

from __future__ import annotations

import shutil
import socket
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import trustme
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.app_process import App, running
from tests.browser.lab_page import LabPage
from tests.servers.openai_api import OpenAIServer
from tests.servers.stand_in import StandIn
from tests.servers.vertex import ServiceAccount

expect.set_options(timeout=60_000)


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    installed = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=installed, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def upstream() -> Iterator[OpenAIServer]:
    with OpenAIServer() as server:
        yield server


@pytest.fixture(scope="package")
def app(upstream: OpenAIServer) -> Iterator[App]:
    """Starts with `local`; its `openai` points at the stand-in, whose models misbehave as their names say."""
    with running(
        MAX_TOKENS="160", OPENAI_BASE_URL=upstream.base_url, OPENAI_API_KEY="sk-good-OWNERS-KEY-0123456789"
    ) as app:
        yield app


@pytest.fixture(scope="package")
def vertex() -> Iterator[StandIn]:
    with StandIn("tests.servers.vertex_grpc") as server:
        yield server


@pytest.fixture(scope="package")
def vertex_app(vertex: StandIn) -> Iterator[App]:
    """Starts with `vertexai`. It trusts the stand-in's certificate, and has no way to Google's own hosts."""
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))
        refused = f"http://127.0.0.1:{unheard.getsockname()[1]}"
        with running(
            PROVIDER="vertexai",
            GRPC_DEFAULT_SSL_ROOTS_FILE_PATH=str(vertex.ready["roots"]),
            # gRPC reads the small ones, Python's HTTP clients both, the small ones first.
            **dict.fromkeys(("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"), refused),
            **dict.fromkeys(("NO_PROXY", "no_proxy"), "localhost,127.0.0.1"),
        ) as app:
            yield app


@pytest.fixture(scope="package")
def account(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A service account's file; the account exists nowhere."""
    private = trustme.CA(key_type=trustme.KeyType.RSA).private_key_pem.bytes().decode()
    file = tmp_path_factory.mktemp("account") / "account.json"
    file.write_text(ServiceAccount(private, "").json())
    return file


@pytest.fixture
def vertex_lab(tab_at: Callable[[str], LabPage], vertex_app: App) -> LabPage:
    return tab_at(vertex_app.url)


@pytest.fixture
def open_at(browser: Browser) -> Iterator[Callable[..., LabPage]]:
    """Opens an address in a new visitor's browser; keyword arguments are Playwright's for a context."""
    opened = []

    def open_(url: str, **context: Any) -> LabPage:
        page = browser.new_context(
            **{"viewport": {"width": 1200, "height": 820}, "locale": "en-US", **context}
        ).new_page()
        opened.append(page)
        return LabPage(page, url)

    yield open_
    for page in opened:
        _show(page)
        page.context.close()


@pytest.fixture(scope="package")
def warm(browser: Browser) -> Iterator[BrowserContext]:
    """A browser that has the page's files in its cache: opening it takes half the time."""
    context = browser.new_context(viewport={"width": 1200, "height": 820}, locale="en-US")
    yield context
    context.close()


@pytest.fixture
def tab_at(warm: BrowserContext) -> Iterator[Callable[[str], LabPage]]:
    """Opens an address in a new tab, which finds nothing that others before it have stored."""
    opened = []

    def open_(url: str) -> LabPage:
        page = warm.new_page()
        opened.append(page)
        return LabPage(page, url)

    yield open_
    for page in opened:
        _show(page)
        if not page.is_closed():
            page.evaluate("localStorage.clear(), sessionStorage.clear()")
            page.close()


def _show(page: Page) -> None:
    """Print what a failed test had on its page."""
    if not page.is_closed():
        print(page.locator("#chat").inner_text())


@pytest.fixture
def open_page(open_at: Callable[..., LabPage], app: App) -> Callable[..., LabPage]:
    """Opens the app that all tests share."""
    return partial(open_at, app.url)


@pytest.fixture
def lab(tab_at: Callable[[str], LabPage], app: App) -> LabPage:
    return tab_at(app.url)


@pytest.fixture(scope="module")
def one_visitor(browser: Browser, app: App) -> Iterator[LabPage]:
    """For modules whose tests all begin with a new chat: opening the page would take longer than they do."""
    context = browser.new_context(viewport={"width": 1200, "height": 820}, locale="en-US")
    yield LabPage(context.new_page(), app.url)
    context.close()


__all__ = ["Page"]
