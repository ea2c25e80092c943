"""What a reply costs in a conversation of a hundred messages, against an empty one, on the page."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial

from playwright.sync_api import Page, expect

from tests.bench.browser import ask, timing, wait_for_text
from tests.bench.page import whole
from tests.bench.place import Place, asking
from tests.bench.report import Limit, Row, Size
from tests.bench.served import Served, Which

TIMES = 1.3
# What is said before, one reply after the other; each is two messages.
BEFORE = "chunks=20"

Opened = Callable[[], AbstractContextManager[Page]]


@dataclass(frozen=True, slots=True)
class Cost:
    """Milliseconds: from Enter to the whole text, and of the server's CPU beyond what it uses when idle."""

    whole: float
    cpu: float


def measure(size: Size, place: Place) -> Iterator[Row]:
    messages = 2 if size.quick else 100
    plans = ("chunks=40",) if size.quick else ("chunks=300,rate=100", "chunks=4000")
    with place.upstream() as server, place.browser() as browser, place.visitor(browser) as context:
        costs: dict[tuple[str, int, str], list[Cost]] = {}
        names: tuple[Which, ...] = ("ours",) if size.quick else ("ours", "plain")
        for name in names:
            with place.served(name, **asking(server.base_url)) as app:
                opened = partial(place.visit, context, app.url)
                idle = 0.0
                if not size.quick:
                    with opened() as page:
                        _reply(page, app, plans[0], 0.0)  # imports
                    idle = app.idle(3)
                # The plain way needs a minute for a long reply there.
                asked, times = (plans, size.times(5)) if name == "ours" else (plans[:1], 1)
                for plan, before, cost in _in_turns(opened, app, messages, asked, times, idle):
                    costs.setdefault((name, before, plan), []).append(cost)
    for plan in plans:
        for what, measured in (("cpu", "server CPU"), ("whole", "whole text")):
            taken = {key: [getattr(cost, what) for cost in some] for key, some in costs.items()}
            for name in names if plan == plans[0] else names[:1]:
                yield Row(
                    "conversation",
                    f"{plan} after {messages} messages" + ("" if name == "ours" else ", plain Gradio"),
                    measured,
                    "ms",
                    taken[name, messages, plan],
                    others={"empty": taken[name, 0, plan]},
                    limits=[Limit(TIMES, "empty")] if name == "ours" else [],
                    short=name == "ours" and what == "cpu",
                )


def _in_turns(
    opened: Opened, app: Served, messages: int, plans: Sequence[str], times: int, idle: float
) -> Iterator[tuple[str, int, Cost]]:
    """Each plan, how many messages came before, and what its reply costs then.

    The one after the other: what else the machine does counts for both. Each reply makes the long
    conversation longer by two.
    """
    with opened() as long:
        for _ in range(messages // 2):
            _ask(long, BEFORE)
        for plan in plans:
            for _ in range(times):
                with opened() as empty:
                    yield plan, 0, _reply(empty, app, plan, idle)
                long.bring_to_front()
                yield plan, messages, _reply(long, app, plan, idle)


def _reply(page: Page, app: Served, plan: str, idle: float) -> Cost:
    before, began = app.cpu_at_rest(), time.monotonic()
    _ask(page, plan)
    cpu = app.cpu_at_rest() - before - idle * (time.monotonic() - began)
    return Cost(timing(page).whole, 1000 * cpu)


def _ask(page: Page, plan: str) -> None:
    """Until the reply is whole and another can be asked for."""
    ask(page, plan)
    if wait_for_text(page, whole(plan)) is None:
        raise TimeoutError(f"no whole reply to {plan}")
    expect(page.locator("button.stop-button, #stop:not(:disabled)")).to_have_count(0)
