"""A Chromium, and the app with a provider that needs no key. Both are there once for all browser tests."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.app_process import App, running
from tests.browser.lab_page import LabPage
from tests.servers.openai_api import OpenAIServer

expect.set_options(timeout=20_000)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    installed = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=installed, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def upstream() -> Iterator[OpenAIServer]:
    with OpenAIServer() as server:
        yield server


@pytest.fixture(scope="session")
def app(upstream: OpenAIServer) -> Iterator[App]:
    """Starts with `local`; its `openai` points at the stand-in, whose models misbehave as their names say."""
    with running(
        MAX_TOKENS="160", OPENAI_BASE_URL=upstream.base_url, OPENAI_API_KEY="sk-good-OWNERS-KEY-0123456789"
    ) as app:
        yield app


@pytest.fixture
def open_page(browser: Browser, app: App) -> Iterator[Callable[..., LabPage]]:
    """Opens the app in a new visitor's browser; keyword arguments are Playwright's for a context."""
    opened = []

    def open_(**context: Any) -> LabPage:
        page = browser.new_context(
            **{"viewport": {"width": 1200, "height": 820}, "locale": "en-US", **context}
        ).new_page()
        opened.append(page)
        return LabPage(page, app.url)

    yield open_
    for page in opened:
        page.context.close()


@pytest.fixture
def lab(open_page: Callable[..., LabPage]) -> LabPage:
    return open_page()


__all__ = ["Page"]
