"""The Chromium in which tests and benchmarks open pages."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from playwright.sync_api import Browser, sync_playwright

# The first, which Playwright takes by default, has no window at all: a tenth less of a processor.
NAMES: Final = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
# For each window Chromium draws the suggestions under an address bar that nobody sees: two pages of its own,
# half a second of a processor.
ITS_OWN_PAGES: Final = ("WebUIOmniboxPopup", "WebUIOmniboxAimPopup", "WebUIOmniboxFullPopup")
# What Playwright 1.65 turns off, as the switch is heeded once.
PLAYWRIGHTS: Final = (
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsUpgrades",
    "HttpsFirstBalancedModeAutoEnable",
    "LensOverlay",
    "MediaRouter",
    "PaintHolding",
    "ThirdPartyStoragePartitioning",
    "AvoidCorsURLLoaderRestartOnRedirect",
    "OptimizationHints",
    "NetworkTimeServiceQuerying",
    "AimEnabled",
    "PreconnectToSearch",
)


@contextmanager
def chromium() -> Iterator[Browser]:
    """The one that is installed, else Playwright's own.

    Raises:
        playwright.sync_api.Error: there is none.
    """
    installed = next(filter(None, map(shutil.which, NAMES)), None)
    off = ",".join((*PLAYWRIGHTS, *ITS_OWN_PAGES))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=installed,
            # A process less for each browser: 9 % of its processor time.
            args=["--no-sandbox", "--in-process-gpu", f"--disable-features={off}"],
        )
        try:
            yield browser
        finally:
            browser.close()
