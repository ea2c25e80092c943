"""A Chromium in which one reply is timed by the page itself."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

WATCH = Path(__file__).with_name("watch.js")
expect.set_options(timeout=20_000)


@dataclass(frozen=True, slots=True)
class Timing:
    """Milliseconds since Enter, but for `pause` and `task`.

    `frames`: how often the text changed. `pause`: the longest time between two of these changes.
    `task`: the longest task over 50 ms that the page's main thread had until the text was whole, else 0.
    `ended`: the `time.monotonic()` at which the text was whole, off by a millisecond or two.
    """

    first: float
    whole: float
    frames: int
    pause: float
    task: float
    ended: float


@contextmanager
def watching(browser: Browser) -> Iterator[BrowserContext]:
    """A new visitor, in whose pages `watch.js` will run."""
    context = browser.new_context(viewport={"width": 1200, "height": 820}, locale="en-US")
    context.set_default_timeout(60_000)
    context.add_init_script(path=WATCH)
    try:
        yield context
    finally:
        context.close()


@contextmanager
def watched(browser: Browser) -> Iterator[Page]:
    """A new visitor's empty page."""
    with watching(browser) as context:
        yield context.new_page()


@contextmanager
def visit(context: BrowserContext, url: str) -> Iterator[Page]:
    """A page ready to be written in, which finds nothing that others before it have stored."""
    page = context.new_page()
    try:
        page.goto(url)
        expect(box(page)).to_be_enabled()
        yield page
        page.evaluate("localStorage.clear(), sessionStorage.clear()")
    finally:
        page.close()


@contextmanager
def visitor(browser: Browser, url: str) -> Iterator[Page]:
    """A new visitor's page, ready to be written in."""
    with watching(browser) as context, visit(context, url) as page:
        yield page


def box(page: Page) -> Locator:
    return page.locator("textarea:is([data-testid=textbox], [data-testid=stChatInputTextArea]):visible").last


def ask(page: Page, message: str = "Hi") -> None:
    page.evaluate("bench.begin()")
    box(page).fill(message)
    box(page).press("Enter")


@dataclass(frozen=True, slots=True)
class Whole:
    """How a page shows that a reply is whole: its text ends with `end` and has `mark` so many times."""

    end: str = ""
    mark: str = ""
    times: int = 0


def wait_for_text(page: Page, whole: Whole | None = None, seconds: float = 60) -> str | None:
    """The reply's text once it is whole, or there is any; None after so many seconds."""
    what = whole or Whole()
    given = [what.end, what.mark, what.times, 1000 * seconds]
    text = page.evaluate("([end, mark, times, late]) => bench.has(end, mark, times, late)", given)
    return None if text is None else str(text)


def timing(page: Page) -> Timing:
    """Of a reply whose text is whole."""
    entered, changes, tasks = page.evaluate("[bench.entered, bench.changes, bench.tasks]")
    times = [change["at"] for change in changes if change["length"]]
    pauses = [later - earlier for earlier, later in pairwise(times)]
    last = times[-1]
    took = [task["took"] for task in tasks if task["at"] + task["took"] > entered and task["at"] < last]
    return Timing(
        first=times[0] - entered,
        whole=last - entered,
        frames=len(times),
        pause=max(pauses, default=0.0),
        task=max(took, default=0.0),
        ended=moment(page, "bench.changes.at(-1).at"),
    )


def clicked(page: Page) -> float:
    """The `time.monotonic()` of the last click, as the page felt it; off by a millisecond at most."""
    return moment(page, "bench.clicked")


def moment(page: Page, what: str) -> float:
    """The `time.monotonic()` of what the page's script says in its own milliseconds."""
    best, found = float("inf"), 0.0
    for _ in range(10):
        before = time.monotonic()
        ago = float(page.evaluate(f"performance.now() - {what}")) / 1000
        round_trip = time.monotonic() - before
        if round_trip < best:
            best, found = round_trip, before + round_trip / 2 - ago
    return found
