"""One reply as its reader sees it: Enter to first text, to whole text, frames, pauses, server CPU."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from playwright.sync_api import Browser

from tests.bench import bare
from tests.bench.browser import Timing, ask, chromium, timing, visitor, wait_for_text
from tests.bench.report import Row, Size
from tests.bench.served import Served, served
from tests.servers.openai_api import OpenAIServer
from tests.servers.openai_plan import AS_TOLD, parse, pieces

METHODS = ("stream", "astream")
# In milliseconds: what our first text may come later than the plain one, and the longest pause of ours.
FIRST_LATER = 60.0
PAUSE = 150.0
SOONER = 15.0


@dataclass(frozen=True, slots=True)
class Case:
    name: str
    plan: str
    steady: bool
    times: int
    sooner: float | None = None  # how many times sooner than the plain way all of it has to be there


@dataclass(frozen=True, slots=True)
class Reply:
    """`cpu`: milliseconds of the server's."""

    timing: Timing
    cpu: float


def measure(size: Size) -> Iterator[Row]:
    many, steady = (400, 100) if size.quick else (4000, 300)
    sooner = None if size.quick else SOONER  # said of 4,000 chunks; the plain way's cost grows with them
    cases = [
        Case(f"{many:,} chunks at once", f"chunks={many}", steady=False, times=size.times(3), sooner=sooner),
        Case(f"{steady} chunks at 100/s", f"chunks={steady},rate=100", steady=True, times=size.times(5)),
    ]
    with OpenAIServer() as server, chromium() as browser:
        upstream = {"OPENAI_BASE_URL": server.base_url, "OPENAI_API_KEY": "none", "MODEL": AS_TOLD}
        ours = {"PROVIDER": "openai", "MAX_TOKENS": "1000000", **upstream}
        chain = bare.chain(server.base_url, AS_TOLD)
        with served("ours", **ours) as app, served("plain", **upstream) as plain:
            for case in cases:
                if not size.quick:  # the first reply imports
                    _reply(browser, app, case, "stream")
                    _reply(browser, plain, case)
                    bare.read(chain, case.plan)
                yield from _compare(browser, app, plain, chain, case)


def _compare(browser: Browser, app: Served, plain: Served, chain: Any, case: Case) -> Iterator[Row]:
    replies: defaultdict[str, list[Reply]] = defaultdict(list)
    loops = []
    for _ in range(case.times):
        for method in METHODS:
            replies[method].append(_reply(browser, app, case, method))
        replies["plain"].append(_reply(browser, plain, case))
        loops.append(bare.read(chain, case.plan))
    for method in METHODS:
        yield from _rows(case, method, replies[method], replies["plain"], loops)


def _reply(browser: Browser, app: Served, case: Case, method: str = "") -> Reply:
    plan = parse(case.plan)
    text = "".join(pieces(plan.text, plan.chunks))
    with visitor(browser, app.url) as page:
        if method:
            page.locator("#method").get_by_label(method, exact=True).check()
        before = app.cpu_at_rest()
        ask(page, case.plan)
        shown = wait_for_text(page, len(text))
        if shown != text:
            raise RuntimeError(f"the page shows another text: {shown[-200:]!r}")
        cpu = app.cpu_at_rest() - before
        return Reply(timing(page), 1000 * cpu)


def _rows(
    case: Case, method: str, ours: Sequence[Reply], plain: Sequence[Reply], loops: Sequence[bare.Bare]
) -> Iterator[Row]:
    name = f"{case.name}, {method}"

    def of(replies: Sequence[Reply], what: str) -> list[float]:
        return [float(getattr(reply.timing, what)) for reply in replies]

    def row(measure: str, what: str, unit: str = "ms", limit: float | None = None) -> Row:
        loop = [1000 * getattr(one, what) for one in loops] if what in {"first", "whole"} else []
        return Row("page", name, measure, unit, of(ours, what), of(plain, what), loop, limit)

    yield row("first text", "first", limit=median(of(plain, "first")) + FIRST_LATER)
    limit = median(of(plain, "whole")) / case.sooner if case.sooner else None
    yield row("whole text", "whole", limit=limit)
    yield row("frames", "frames", unit="")
    if case.steady:
        yield row("longest pause", "pause", limit=PAUSE)
    yield row("longest task of the page", "task")
    cpu = [reply.cpu for reply in plain]
    loop = [1000 * one.cpu for one in loops]
    yield Row("page", name, "server CPU", "ms", [reply.cpu for reply in ours], cpu, loop, limit=median(cpu))
