"""Browsers of visitors who know nothing of each other, nor of those before them."""

from __future__ import annotations

from collections import defaultdict
from typing import Literal

from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize

from tests.browser.lab_page import LabPage

WINDOW: ViewportSize = {"width": 1200, "height": 820}
# Whatever a page can keep in a browser; what was fetched stays.
KEPT = "cookies,local_storage,indexeddb,cache_storage,service_workers"


class Visitors:
    """Lends browsers that have the page's files in their cache: opening it takes half the time."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._lent: defaultdict[str, list[BrowserContext]] = defaultdict(list)

    def open(
        self,
        url: str,
        *,
        locale: str = "en-US",
        viewport: ViewportSize = WINDOW,
        color_scheme: Literal["light", "dark"] = "light",
        permissions: list[str] | None = None,
        script: str = "",
    ) -> LabPage:
        """In the browser of a new visitor; what can be asked for is called as Playwright calls it.

        `script`: run before those of the page.
        """
        context = self._unused(locale)
        context.clear_cookies()
        context.grant_permissions(permissions or [])
        page = context.new_page()
        _forget(page, url)
        page.set_viewport_size(viewport)
        page.emulate_media(color_scheme=color_scheme)
        page.add_init_script(script)
        return LabPage(page, url)

    def leave(self, lab: LabPage) -> None:
        """With all the pages of this visitor."""
        for page in lab.page.context.pages:
            page.close()

    def close(self) -> None:
        for contexts in self._lent.values():
            for context in contexts:
                context.close()

    def _unused(self, locale: str) -> BrowserContext:
        contexts = self._lent[locale]
        for context in contexts:
            if not context.pages:
                return context
        contexts.append(self._browser.new_context(viewport=WINDOW, locale=locale))
        return contexts[-1]


def _forget(page: Page, origin: str) -> None:
    """What others stored, whether or not they left their page open to the end."""
    wire = page.context.new_cdp_session(page)
    wire.send("Storage.clearDataForOrigin", {"origin": origin, "storageTypes": KEPT})
    wire.detach()
