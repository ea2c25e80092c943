"""A Chromium in which one reply is timed by the page itself."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

WATCH = Path(__file__).with_name("watch.js")
expect.set_options(timeout=20_000)


@dataclass(frozen=True, slots=True)
class Timing:
    """Milliseconds since Enter, but for `pause` and `task`.

    `frames`: how often the text changed. `pause`: the longest time between two of these changes.
    `task`: the longest task over 50 ms that the page's main thread had until the text was whole, else 0.
    """

    first: float
    whole: float
    frames: int
    pause: float
    task: float


@contextmanager
def chromium() -> Iterator[Browser]:
    installed = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=installed, args=["--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def watched(browser: Browser) -> Iterator[Page]:
    """A new visitor's empty page, in which `watch.js` will run."""
    context = browser.new_context(viewport={"width": 1200, "height": 820}, locale="en-US")
    context.set_default_timeout(60_000)
    context.add_init_script(path=WATCH)
    try:
        yield context.new_page()
    finally:
        context.close()


@contextmanager
def visitor(browser: Browser, url: str) -> Iterator[Page]:
    """A new visitor's page, ready to be written in."""
    with watched(browser) as page:
        page.goto(url)
        expect(box(page)).to_be_enabled()
        yield page


def box(page: Page) -> Locator:
    return page.locator("textarea[data-testid=textbox]:visible").last


def ask(page: Page, message: str = "Hi") -> None:
    box(page).fill(message)
    box(page).press("Enter")


def wait_for_text(page: Page, length: int) -> str:
    """The reply's text once it has so many characters."""
    return str(page.evaluate("length => bench.has(length)", length))


def timing(page: Page) -> Timing:
    """Of a reply whose text is whole."""
    entered, changes, tasks = page.evaluate("[bench.entered, bench.changes, bench.tasks]")
    times = [change["at"] for change in changes if change["length"]]
    pauses = [later - earlier for earlier, later in pairwise(times)]
    last = times[-1]
    took = [task["took"] for task in tasks if task["at"] + task["took"] > entered and task["at"] < last]
    return Timing(
        times[0] - entered, last - entered, len(times), max(pauses, default=0.0), max(took, default=0.0)
    )


def clicked(page: Page) -> float:
    """The `time.monotonic()` of the last click, as the page felt it; off by a millisecond at most."""
    best, found = float("inf"), 0.0
    for _ in range(10):
        before = time.monotonic()
        ago = float(page.evaluate("performance.now() - bench.clicked")) / 1000
        round_trip = time.monotonic() - before
        if round_trip < best:
            best, found = round_trip, before + round_trip / 2 - ago
    return found
