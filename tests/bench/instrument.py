"""What *This run* adds to the page's main thread: the same page with it and without, in turns."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack

from playwright.sync_api import BrowserContext

from tests.bench.browser import ask, timing, wait_for_text
from tests.bench.page import LONGEST, whole
from tests.bench.page_load import loaded
from tests.bench.place import Place, asking
from tests.bench.report import Limit, Row, Size
from tests.bench.served import Served, Which

# Of what the page's main thread needs without it.
MOST = 1.1
TIMES = 11
SIDES: tuple[Which, ...] = ("ours", "without_run")


def measure(size: Size, place: Place) -> Iterator[Row]:
    chunks = 40 if size.quick else 10_000
    with place.upstream() as server, place.browser() as browser, ExitStack() as stack:
        apps = {side: stack.enter_context(place.served(side, **asking(server.base_url))) for side in SIDES}
        visitors = {side: stack.enter_context(place.visitor(browser)) for side in SIDES}
        main: defaultdict[str, list[float]] = defaultdict(list)
        tasks: defaultdict[str, list[float]] = defaultdict(list)
        for side in () if size.quick else SIDES:  # the first reply imports
            _reply(place, apps[side], visitors[side], "chunks=5")
        for number in range(size.times(TIMES)):
            for side in SIDES if number % 2 else reversed(SIDES):
                took, task = _reply(place, apps[side], visitors[side], f"chunks={chunks}")
                main[side].append(took)
                tasks[side].append(task)
    case = f"{chunks:,} chunks at once"
    others = {"without": main["without_run"]}
    limits = (Limit(MOST, "without"),)
    yield Row("this run", case, "main thread", "ms", main["ours"], others=others, limits=limits)
    others = {"without": tasks["without_run"]}
    yield Row("this run", case, "longest task of the page", "ms", tasks["ours"], others=others, limits=limits)


def _reply(place: Place, app: Served, visitor: BrowserContext, plan: str) -> tuple[float, float]:
    """Milliseconds of the main thread until a moment after all is drawn, and of its longest task."""
    with place.visit(visitor, app.url) as page:
        page.emulate_media(reduced_motion="reduce")  # the recorded run stands there, and doesn't move
        page.reload()
        page.wait_for_function("document.querySelector('.run')?.dataset.state")
        with loaded(page, received=False) as load:
            ask(page, plan)
            wait_for_text(page, whole(plan), LONGEST)
            page.wait_for_function("document.querySelector('#stop').disabled")
            page.evaluate("new Promise((resolve) => setTimeout(resolve, 500))")
        return load.main, timing(page).task
