"""Where the benchmarks take place: the model's stand-in, the apps, the browser, the loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from types import TracebackType
from typing import Any, Protocol, TypeVar

from anyio.from_thread import BlockingPortal, start_blocking_portal
from playwright.sync_api import Browser, BrowserContext, Page

from tests.app_process import NO_WEIGHTS
from tests.bench.browser import visit, watching
from tests.bench.report import Size
from tests.bench.served import Served, Which, served
from tests.browser.lab_page import LabPage
from tests.chromium import chromium
from tests.servers.openai_api import OpenAIServer
from tests.servers.openai_plan import AS_TOLD


def asking(base_url: str) -> dict[str, str]:
    """For an app, ours or another, whose model does what the message says."""
    upstream = {"OPENAI_BASE_URL": base_url, "OPENAI_API_KEY": "none", "MODEL": AS_TOLD}
    return {**upstream, "PROVIDER": "openai", "MAX_TOKENS": "1000000"}


T = TypeVar("T")


class Runner(Protocol):
    """What the benchmarks use of `asyncio.Runner`."""

    def run(self, coro: Coroutine[Any, Any, T], /) -> T: ...


class Aside:
    """One in a thread of its own: the main thread's loop is Playwright's as long as there is a browser."""

    def __init__(self, portal: BlockingPortal) -> None:
        self._portal = portal

    def run(self, coro: Coroutine[Any, Any, T], /) -> T:
        async def work() -> T:
            return await coro

        return self._portal.call(work)


class Place:
    """Each benchmark has a stand-in, apps and a browser of its own, so that none pays for what another left
    behind.

    Where figures don't matter (`quick`) the same ones serve all, and each is started once.
    """

    def __init__(self, size: Size) -> None:
        self._quick = size.quick
        self._stack = ExitStack()
        self._kept: dict[object, Any] = {}

    def __enter__(self) -> Place:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stack.close()

    def upstream(self) -> AbstractContextManager[OpenAIServer]:
        return self._lent("upstream", OpenAIServer)

    def served(self, which: Which, **environment: str) -> AbstractContextManager[Served]:
        if self._quick:  # no embedded model beside the one that is asked
            environment = {"LOCAL_MODEL": NO_WEIGHTS, **environment}
        return self._lent((which, *sorted(environment.items())), lambda: served(which, **environment))

    def browser(self) -> AbstractContextManager[Browser]:
        return self._lent("browser", chromium)

    def visitor(self, browser: Browser) -> AbstractContextManager[BrowserContext]:
        """Has what a browser keeps of the pages it has loaded."""
        return self._lent("visitor", lambda: watching(browser))

    def lab(self, context: BrowserContext, url: str) -> AbstractContextManager[LabPage]:
        """Our page. Whoever closes it has to be the last to ask for it."""
        return self._lent(("lab", url), lambda: _lab(context, url))

    @contextmanager
    def visit(self, context: BrowserContext, url: str) -> Iterator[Page]:
        """A page ready to be written in; where pages are shared it is ours, as the last one left it."""
        if not self._quick:
            with visit(context, url) as page:
                yield page
            return
        with self.lab(context, url) as lab:
            yield lab.page

    def runner(self) -> AbstractContextManager[Runner]:
        """langchain-openai keeps the clients of equal models, and they belong to a loop: whoever shares a
        stand-in shares this as well."""
        return self._lent("runner", _aside if self._quick else asyncio.Runner)

    @contextmanager
    def _lent(self, name: object, begin: Callable[[], AbstractContextManager[Any]]) -> Iterator[Any]:
        if not self._quick:
            with begin() as own:
                yield own
            return
        if name not in self._kept:
            self._kept[name] = self._stack.enter_context(begin())
        yield self._kept[name]


@contextmanager
def _lab(context: BrowserContext, url: str) -> Iterator[LabPage]:
    with context.new_page() as page:
        yield LabPage(page, url)


@contextmanager
def _aside() -> Iterator[Aside]:
    with start_blocking_portal() as portal:
        yield Aside(portal)
