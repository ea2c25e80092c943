"""The JSON tab as its user handles it."""

from __future__ import annotations

import json
from collections.abc import Sequence

from playwright.sync_api import Locator, expect

from tests.browser.lab_page import LabPage
from tests.chat_deltas import Delta

VERDICT = ".json-said .verdict"


def ask(lab: LabPage, preset: str = "none") -> None:
    """Open the tab, choose the schema, run."""
    choose(lab, preset)
    run(lab)


def choose(lab: LabPage, preset: str = "none") -> None:
    lab.tab("JSON")
    editor = lab.page.locator("#json-schema .cm-content")
    if not editor.is_visible():
        lab.page.locator("#json-schema-box").get_by_role("button").first.click()
        editor.wait_for()
        lab.drawn()
    lab.page.locator("#json-preset input").click()
    lab.page.get_by_role("option", name=preset).click()
    if preset == "none":
        expect(editor).not_to_contain_text("type")
    else:
        expect(editor).to_contain_text("required")


def run(lab: LabPage) -> None:
    """Until the panes hold this run and no other, or it has been refused."""
    lab.tab("JSON")
    lab.page.evaluate("document.querySelector('.json-said').replaceChildren()")
    lab.page.locator("#run-json").click()
    expect(lab.page.locator(".json-said p, .toast-body").first).to_be_visible()


def verdict(lab: LabPage) -> str:
    """What the verdict says, once there is one."""
    expect(lab.page.locator(VERDICT)).to_be_visible(timeout=120_000)
    expect(lab.page.locator("#run-json")).to_be_enabled()
    expect(lab.page.locator("#stop-json")).to_be_disabled()
    assert lab.complaints == []
    return lab.page.locator(VERDICT).inner_text()


def grown(lab: LabPage, pane: str) -> Locator:
    return lab.page.locator(f'[data-pane="{pane}"] .json-grows')


def states(lab: LabPage) -> list[str]:
    found: list[str] = lab.page.eval_on_selector_all(
        '[data-pane="fields"] tbody tr', "rows => rows.map(row => row.className)"
    )
    return found


def said(lab: LabPage) -> Locator:
    """What stands above the panes: verdict, remarks, figures."""
    return lab.page.locator(".json-said")


def read_by(lab: LabPage, parser: str) -> None:
    lab.page.locator(f'#json-parser input[value="{parser}"]').check()


def recite(lab: LabPage, pieces: Sequence[Delta]) -> None:
    """Run with a prompt that an upstream whose plan is `recite` says, piece by piece."""
    lab.tab("JSON")
    lab.page.locator("#json-prompt textarea").fill(json.dumps(pieces))
    run(lab)
