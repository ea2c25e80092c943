"""One reply as its reader sees it: Enter to first text, to whole text, frames, pauses, what it costs."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

from anyio.from_thread import BlockingPortal, start_blocking_portal
from playwright.sync_api import BrowserContext

from tests.bench import bare
from tests.bench.browser import (
    Timing,
    Whole,
    ask,
    timing,
    visit,
    wait_for_text,
)
from tests.bench.page_cases import METHODS, Case, cases
from tests.bench.page_load import Load, loaded
from tests.bench.page_rows import rows
from tests.bench.place import Place, asking
from tests.bench.report import Row, Size
from tests.bench.served import Served, Which
from tests.servers.openai_api import OpenAIServer
from tests.servers.openai_plan import AS_TOLD, parse, pieces

# Seconds after which a reply is given up. Whoever needed more is asked for no longer one.
LONGEST = 180.0
NAMES: tuple[Which, ...] = ("ours", "plain", "streamlit")


@dataclass(frozen=True, slots=True)
class Reply:
    """Milliseconds. `cpu`: of the server's, beyond what it uses when idle. `late`: when all of it is there,
    after the upstream's last chunk was sent."""

    timing: Timing
    cpu: float
    load: Load
    late: float


@dataclass
class Contest:
    place: Place
    server: OpenAIServer
    apps: dict[str, Served]
    visitors: dict[str, BrowserContext]
    idle: dict[str, float]
    portal: BlockingPortal
    late: set[str] = field(default_factory=set)

    def compare(self, case: Case) -> Iterator[Row]:
        chain = bare.chain(self.server.base_url, AS_TOLD)
        self._loop(chain, "chunks=5")
        replies: defaultdict[str, list[Reply]] = defaultdict(list)
        loops: defaultdict[str, list[bare.Bare]] = defaultdict(list)
        left_out = dict(case.left_out)
        for number in range(case.times):
            for method in case.methods:
                replies[method].append(self._ours(case, method))
            for other in NAMES[1:]:
                if other in left_out or number >= case.times_of_others:
                    continue
                reply = None if other in self.late else self.reply(other, case)
                if reply is None:
                    left_out[other] = "not run" if other in self.late else f"over {LONGEST:.0f} s"
                    self.late.add(other)
                else:
                    replies[other].append(reply)
            for method in {*METHODS[:1], *case.methods}:
                loops[method].append(self._loop(chain, case.plan, method))
        for method in case.methods:
            others: dict[str, list[Reply]] = {
                other: replies[other] for other in NAMES[1:] if other not in left_out
            }
            yield from rows(case, method, replies[method], others, loops, left_out)

    def _loop(self, chain: Any, plan: str, method: str = METHODS[0]) -> bare.Bare:
        if method == "stream":
            return bare.read(chain, plan)
        loop: bare.Bare = self.portal.call(bare.aread, chain, plan)
        return loop

    def _ours(self, case: Case, method: str) -> Reply:
        reply = self.reply("ours", case, method)
        if reply is None:
            raise TimeoutError(f"{case.name}, {method}: not whole after {LONGEST:.0f} s")
        return reply

    def reply(self, who: str, case: Case, method: str = "") -> Reply | None:
        """None when it takes too long; the app is ended then, as it would go on."""
        app = self.apps[who]
        # The others' pages are left when they have answered: an open one is drawn all the time.
        opened = self.place.visit if who == "ours" else visit
        with opened(self.visitors[who], app.url) as page:
            if method:
                page.locator("#method").get_by_label(method, exact=True).check()
            before, began = app.cpu_at_rest(), time.monotonic()
            self.server.reset()
            with loaded(page, received=case.counts_bytes) as load:
                ask(page, case.plan)
                shown = wait_for_text(page, whole(case.plan), LONGEST)
            if shown is None:
                app.process.kill()
                return None
            cpu = app.cpu_at_rest() - before - self.idle[who] * (time.monotonic() - began)
            seen = timing(page)
            sent = self.server.requests()[-1].last_chunk or 0.0
            return Reply(seen, 1000 * cpu, load, 1000 * (seen.ended - sent))


def measure(size: Size, place: Place) -> Iterator[Row]:
    with place.upstream() as server, place.browser() as browser, ExitStack() as stack:
        apps: dict[str, Served] = {}
        visitors: dict[str, BrowserContext] = {}
        for name in NAMES:
            apps[name] = stack.enter_context(place.served(name, **asking(server.base_url)))
            visitors[name] = stack.enter_context(place.visitor(browser))
        portal = stack.enter_context(start_blocking_portal())
        contest = Contest(place, server, apps, visitors, dict.fromkeys(NAMES, 0.0), portal)
        if not size.quick:
            for name in NAMES:  # the first reply imports
                contest.reply(name, Case("first", "chunks=5"))
                contest.idle[name] = apps[name].idle(3)
        for case in cases(size):
            yield from contest.compare(case)


def whole(plan: str) -> Whole:
    told = parse(plan)
    text = "".join(pieces(told.text, told.chunks))
    if told.text == "lorem":
        return Whole(text)
    # Of markdown the page shows another text: it ends with the last list, and has all of the code.
    code = "print(chunk.text)"
    return Whole("two", code, text.count(code))
