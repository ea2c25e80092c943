"""From the click on Stop, or the closing of the tab, until the upstream's connection is closed."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace

from playwright.sync_api import Browser, Page, expect

from components.settings import METHODS
from tests.bench import slot, stop_recorded
from tests.bench.browser import ask, clicked, visitor, wait_for_text
from tests.bench.place import Place, asking
from tests.bench.report import Row, Size
from tests.bench.served import Served
from tests.browser.lab_page import LabPage
from tests.servers.openai_api import OpenAIServer
from tests.servers.openai_connection import Entry

# Milliseconds from the click until the model's connection is closed.
LIMIT = 150.0
# How many chunks have been sent when it is stopped.
BEFORE = 20
STREAMING = "chunks=400,rate=100"


@dataclass(frozen=True, slots=True)
class State:
    """What the model is doing when it is stopped. `by_tab`: closing the tab is measured as well."""

    name: str
    model: str
    methods: tuple[str, ...]
    by_tab: bool = True


STATES = (
    State("streaming", STREAMING, METHODS[:3]),
    State("stalled", f"{STREAMING},stall_after={BEFORE}", METHODS),
    # To a reader of `invoke` nothing streams.
    State("waiting", "first=60", ("invoke",), by_tab=False),
)


def measure(size: Size, place: Place) -> Iterator[Row]:
    yield from stop_recorded.measure(size, place)
    # One method that streams and the one that doesn't; of what the model does, what takes a Stop most.
    states = (replace(STATES[1], methods=("stream", "invoke")),) if size.quick else STATES
    with place.upstream() as server, place.browser() as browser:
        asked = asking(server.base_url)
        with ExitStack() as stack:
            app = stack.enter_context(place.served("ours", **asked))
            plain = None
            if not size.quick:
                plain = stack.enter_context(place.served("plain", **{**asked, "MODEL": STREAMING}))
            contest = Contest(place, server, browser, app, plain)
            for state in states:
                yield from contest.rows(state, size.times(5))
    with place.runner() as runner, slot.Llama() as llama:
        for method in METHODS[:1] if size.quick else METHODS:
            idle = [1000 * runner.run(llama.stop(method)) for _ in range(size.times(5))]
            yield Row("stop", f"local, {method}", "Stop to llama.cpp's slot idle", "ms", idle, limit=LIMIT)


@dataclass(frozen=True, slots=True)
class Contest:
    place: Place
    server: OpenAIServer
    browser: Browser
    app: Served
    plain: Served | None

    def rows(self, state: State, times: int) -> Iterator[Row]:
        stopped: defaultdict[str, list[float]] = defaultdict(list)
        left, plain = [], []
        for _ in range(times):
            with self.place.visitor(self.browser) as context, self.place.lab(context, self.app.url) as lab:
                lab.use("openai", state.model)
                for method in state.methods:
                    stopped[method].append(self._stop(lab, method))
                if state.by_tab:  # what ends a tab's runs is the same for all methods
                    left.append(self._leave(lab, "stream"))
            if self.plain is not None and state.model == STREAMING:
                plain.append(self._stop_plain(self.plain))
        for method in state.methods:
            name, others = f"{method}, {state.name}", plain if method == "stream" else []
            yield Row("stop", name, "Stop to upstream closed", "ms", stopped[method], others, limit=LIMIT)
        if left:
            yield Row("stop", f"stream, {state.name}", "tab closed to upstream closed", "ms", left)

    def _stop(self, lab: LabPage, method: str) -> float:
        """Milliseconds from the click."""
        self._begin(lab, method)
        lab.stop.click()
        at = clicked(lab.page)
        expect(lab.stop).to_be_disabled()
        return self._closed_after(at)

    def _leave(self, lab: LabPage, method: str) -> float:
        """Milliseconds from closing the tab."""
        self._begin(lab, method)
        at = time.monotonic()
        lab.page.close()
        return self._closed_after(at)

    def _begin(self, lab: LabPage, method: str) -> None:
        lab.method(method)
        self.server.reset()
        lab.send("Hi")
        self.server.wait_for(_invoked if method == "invoke" else _has_begun)
        expect(lab.stop).to_be_enabled()

    def _closed_after(self, at: float) -> float:
        entry = self.server.wait_for(lambda entry: entry.closed is not None, seconds=60)
        if entry.finished is not None or entry.closed is None:
            raise RuntimeError("the reply was whole before it was stopped")
        return 1000 * (entry.closed - at)

    def _stop_plain(self, plain: Served) -> float:
        """Until the reply has ended: the plain app keeps its connection for the next message."""
        self.server.reset()
        with visitor(self.browser, plain.url) as page:
            ask(page)
            self.server.wait_for(_has_begun)
            wait_for_text(page)
            at = _click_plain(page)
            entry = self.server.wait_for(lambda entry: bool(entry.finished or entry.closed), seconds=60)
        return 1000 * ((entry.finished or entry.closed or at) - at)


def _has_begun(entry: Entry) -> bool:
    return entry.chunks >= BEFORE


def _invoked(entry: Entry) -> bool:
    """Half a body has been sent, or none will be for long."""
    return entry.first_byte is not None or entry.body["model"].startswith("first=")


def _click_plain(page: Page) -> float:
    page.locator("button.stop-button").click()
    return clicked(page)
