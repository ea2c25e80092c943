"""What axe finds on each tab, in the light and in the dark: nothing of what WCAG asks for at level AA."""

from __future__ import annotations

from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.lab_page import LabPage
from tests.servers.openai_api import OpenAIServer

TABS = ("Chat", "Race", "JSON", "Events", "Lessons", "Provider")
# In the dark nothing but the colours is another.
RULES = {"light": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"], "dark": ["color-contrast"]}


def violations(lab: LabPage, tab: str, scheme: str) -> list[str]:
    """A line for each place: the rule, the element, what is wrong with it."""
    options = {"runOnly": RULES[scheme], "resultTypes": ["violations"]}
    found: list[dict[str, Any]] = Axe().run(lab.page, options=options).response["violations"]
    return [
        f"{tab}, {one['id']}: {node['html'][:200]}\n  {node['failureSummary']}"
        for one in found
        for node in one["nodes"]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_each_tab(one_visitor: LabPage, upstream: OpenAIServer, scheme: Literal["light", "dark"]) -> None:
    lab = one_visitor
    lab.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    found = []
    if scheme == "light":
        found = violations(lab, "before anything is said", scheme)
        upstream.set("think=4,chunks=40,text=markdown")
        lab.ask("hello")
        lab.tab("Events")
        lab.page.get_by_role("button", name="Run files").click()
        lab.page.get_by_role("button", name="Example: a chat").click()
        expect(lab.page.locator("#events .ev-bar").first).to_be_visible()
    for tab in TABS:
        lab.tab(tab)
        found += violations(lab, tab, scheme)
    assert not found, "\n".join(found)
