"""The page as it looks, on a desktop and on a phone, in the light and in the dark.

The pictures go to the folder that SCREENSHOTS names; `SCREENSHOTS=tests/browser` renews the README's.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import expect

from tests.browser.lab_page import WHOLE, LabPage

SIZES = {"desktop": (1280, 800), "phone": (390, 844)}
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
EXAMPLE = "Explain the charm and the future of renewable energy in three points."


@pytest.mark.parametrize("size", list(SIZES))
def test_screenshots(open_page: Callable[..., LabPage], tmp_path: Path, size: str) -> None:
    folder = Path(os.environ.get("SCREENSHOTS") or tmp_path)
    width, height = SIZES[size]
    lab = open_page(viewport={"width": width, "height": height})
    lab.use("local")
    lab.settings()
    lab.page.get_by_label("Temperature").fill("0")
    lab.settings()
    lab.page.get_by_role("button", name=EXAMPLE).click()
    expect(lab.stop).to_be_in_viewport(ratio=1)
    assert WHOLE.search(lab.done())
    lab.page.evaluate("scrollTo(0, 0)")
    for scheme in SCHEMES:
        lab.page.emulate_media(color_scheme=scheme)  # a page that is open follows it
        lab.page.wait_for_function(
            "dark => dark === document.body.classList.contains('dark')", arg=scheme == "dark"
        )
        name = "screenshot.png" if (size, scheme) == ("desktop", "light") else f"{size}-{scheme}.png"
        lab.page.screenshot(path=folder / name)
        assert _size(folder / name) == (width, height)
        background = lab.page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (sum(map(int, background.strip("rgb()").split(",")[:3])) < 300) == (scheme == "dark")


def _size(png: Path) -> tuple[int, int]:
    width, height = struct.unpack(">II", png.read_bytes()[16:24])
    return width, height
