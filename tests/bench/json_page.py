"""A JSON reply on its tab, against the bare loop over the same upstream: how soon, how much, how smoothly."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from playwright.sync_api import Page, expect

from tests.bench import bare
from tests.bench.browser import clicked
from tests.bench.page_load import loaded
from tests.bench.place import Place, asking
from tests.bench.report import Row, Size
from tests.bench.served import Served
from tests.browser.lab_page import LabPage
from tests.servers.openai_api import OpenAIServer

WATCH = Path(__file__).with_name("json_watch.js")
# Against the bare loop; bytes for each byte of the document; milliseconds.
TIMES = 3.0
BYTES = 5.0
TASK = 200.0
FIRST_FIELD = 100.0
PACED = "chunks=20,rate=50,first=0.5,text=json"


@dataclass(frozen=True, slots=True)
class Shown:
    """Milliseconds from the click to the whole text and object; of the longest task over 50 ms until then.

    `first`: from the first chunk's leaving the upstream until its field stood on the page. `ratio`: bytes
    sent to the browser for each of the document's. `cpu`: the server's, without its children.
    """

    whole: float
    task: float
    first: float
    ratio: float
    cpu: float


def measure(size: Size, place: Place) -> Iterator[Row]:
    chunks = 1_000 if size.quick else 50_000
    at_once = f"chunks={chunks},text=json"
    shown: list[Shown] = []
    paced: list[Shown] = []
    loops: list[bare.Bare] = []
    with (
        place.upstream() as server,
        place.served("ours", **asking(server.base_url)) as app,
        place.browser() as browser,
        place.visitor(browser) as visitor,
        place.lab(visitor, app.url) as lab,
    ):
        chain = bare.chain(server.base_url, at_once)
        bare.read(chain)
        lab.page.evaluate(WATCH.read_text("utf-8"))
        # The first of them also pays for what the app imports; of those at once none does.
        lab.use("openai", PACED)
        paced.extend(_reply(server, lab, app) for _ in range(size.times(5)))
        lab.use("openai", at_once)
        for _ in range(size.times(3)):
            shown.append(_reply(server, lab, app))
            loops.append(bare.read(chain))
    yield from _rows(f"{4 * chunks // 1000} KB at once", shown, loops, whole_document=not size.quick)
    first = [one.first for one in paced]
    yield Row("json page", "50 chunks/s", "first field shown after its chunk", "ms", first, limit=FIRST_FIELD)


def _rows(
    case: str, shown: Sequence[Shown], loops: Sequence[bare.Bare], *, whole_document: bool
) -> Iterator[Row]:
    whole, cpu = [1000 * one.whole for one in loops], [1000 * one.cpu for one in loops]

    def row(measure: str, what: str, unit: str, limit: float | None, loop: Sequence[float] = ()) -> Row:
        ours = [getattr(one, what) for one in shown]
        return Row("json page", case, measure, unit, ours, bare=loop, limit=limit)

    yield row("whole object shown", "whole", "ms", TIMES * median(whole), whole)
    # A short document doesn't outweigh the table of its fields.
    yield row("bytes sent for one of the document", "ratio", "", BYTES if whole_document else None)
    yield row("longest task of the page", "task", "ms", TASK)
    yield row("server CPU", "cpu", "ms", None, cpu)


def _reply(server: OpenAIServer, lab: LabPage, app: Served) -> Shown:
    lab.tab("JSON")
    page, run = lab.page, lab.page.locator("#run-json")
    expect(run).to_be_enabled()
    before = app.cpu_at_rest()
    server.reset()
    with loaded(page) as load:
        page.evaluate("json.begin()")
        run.click()
        page.evaluate("json.judged()")
        began = clicked(page)
        at_click, grown, first, tasks = page.evaluate("[bench.clicked, json.grown, json.first, bench.tasks]")
        expect(run).to_be_enabled()
        cpu = app.cpu_at_rest() - before
    length = _check(page)
    sent = server.requests()[-1].first_byte or began
    took = [task["took"] for task in tasks if at_click < task["at"] < grown]
    since = began + (first - at_click) / 1000 - sent
    return Shown(grown - at_click, max(took, default=0.0), 1000 * since, load.bytes / length, 1000 * cpu)


def _check(page: Page) -> int:
    """The document's length; what stands on the page is all of it."""
    text, shown = (
        str(page.eval_on_selector(f"[data-pane={pane}] .json-grows", "pane => pane.textContent"))
        for pane in ("text", "object")
    )
    if json.loads(text) != json.loads(shown):
        raise RuntimeError("the object isn't what the text says")
    return len(text.encode())
