"""A Chromium, and the app with a provider that needs no key, once for all browser tests.

They go before the tests of other folders begin: Playwright keeps an event loop running in this thread, and
the app has a llama.cpp of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.app_process import App, running
from tests.browser.lab_page import LONGEST, LabPage
from tests.browser.visitors import Visitors
from tests.chromium import chromium
from tests.servers.openai_api import OpenAIServer
from tests.servers.openai_plan import AS_SET

expect.set_options(timeout=LONGEST)


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="package")
def upstream() -> Iterator[OpenAIServer]:
    with OpenAIServer() as server:
        yield server


@pytest.fixture(scope="package")
def app(upstream: OpenAIServer) -> Iterator[App]:
    """Starts with the stand-in's model that does what `upstream.set` says last; `local` is beside it.

    Not with that: on a busy machine its few words may well come at once.
    """
    with running(
        PROVIDER="openai",
        MODEL=AS_SET,
        LOCAL_MODEL="",
        MAX_TOKENS="160",
        OPENAI_BASE_URL=upstream.base_url,
        OPENAI_API_KEY="sk-good-OWNERS-KEY-0123456789",
    ) as app:
        yield app


@pytest.fixture(scope="package")
def visitors(browser: Browser) -> Iterator[Visitors]:
    visitors = Visitors(browser)
    yield visitors
    visitors.close()


@pytest.fixture
def open_at(visitors: Visitors) -> Iterator[Callable[..., LabPage]]:
    """Opens an address in a new visitor's browser; keyword arguments are Playwright's for a context."""
    opened: list[LabPage] = []

    def open_(url: str, **context: Any) -> LabPage:
        opened.append(visitors.open(url, **context))
        return opened[-1]

    yield open_
    for lab in opened:
        _show(lab.page)
        visitors.leave(lab)


def _show(page: Page) -> None:
    """Print what a failed test had on its page."""
    if not page.is_closed():
        print(page.locator("#chat").inner_text())


@pytest.fixture
def open_page(open_at: Callable[..., LabPage], app: App) -> Callable[..., LabPage]:
    """Opens the app that all tests share."""
    return partial(open_at, app.url)


@pytest.fixture
def lab(open_page: Callable[..., LabPage]) -> LabPage:
    return open_page()


@pytest.fixture(scope="module")
def one_visitor(visitors: Visitors, app: App) -> Iterator[LabPage]:
    """For modules whose tests all begin with a new chat: opening the page would take longer than they do."""
    lab = visitors.open(app.url)
    yield lab
    visitors.leave(lab)


__all__ = ["Page"]
