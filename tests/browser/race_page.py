"""The Race tab as its user handles it."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Locator, expect

from components.locale import Words
from components.tabs.race_form import RACES
from tests.browser.lab_page import LabPage

ENGLISH = Words("en")


class RacePage:
    def __init__(self, lab: LabPage) -> None:
        self.lab, self.page = lab, lab.page
        lab.tab("Race")
        self.run, self.stop = self.page.locator("#run-race"), self.page.locator("#stop-race")
        self.said = self.page.locator(".race-said")

    def race(self, name: str) -> None:
        self.page.locator("#race-races").get_by_label(ENGLISH(f"race_of_{name}"), exact=True).check()
        for number, racer in enumerate(RACES[name], start=1):
            expect(self.box(number)).to_have_value(racer.source)

    def box(self, number: int) -> Locator:
        box = self.page.locator(f"#race-lane-{number} input")
        if not box.is_visible():
            self.page.locator("#race-form").get_by_role("button").first.click()
            box.wait_for()
            self.lab.drawn()
        return box

    def source(self, number: int, source: str) -> None:
        box = self.box(number)
        box.fill(source)
        box.press("Enter")

    def method(self, number: int, name: str) -> None:
        box = self.page.locator(f"#race-lane-{number}-method input")
        if box.input_value() != name:
            box.click()
            self.page.get_by_role("option", name=name, exact=True).click()

    def ready(self) -> None:
        """Nothing of an earlier race is shown, and another can begin."""
        expect(self.run).to_be_enabled()
        self.page.evaluate("document.querySelector('.race-texts').replaceChildren()")

    def start(self) -> None:
        self.begins(self.run.click)

    def begins(self, act: Callable[[], object]) -> None:
        """Act, and wait until another race than before is shown."""
        before = self.page.locator(".race").get_attribute("data-race") or ""
        act()
        self.lab.wait_until(
            "(before) => (document.querySelector('.race').dataset.race ?? '') !== before", before
        )

    def ended(self) -> None:
        self.lab.wait_until("() => !document.querySelector('#race [data-do=again]').disabled")
        expect(self.run).to_be_enabled()

    def pane(self, number: int) -> Locator:
        return self.page.locator(".race-pane").nth(number - 1)

    def text(self, number: int) -> Locator:
        return self.pane(number).locator(".race-text")

    def word(self, number: int) -> Locator:
        return self.pane(number).locator("strong")

    def does(self, number: int, name: str) -> None:
        self.pane(number).get_by_role("button", name=f"{name} {number}", exact=True).click()

    @property
    def table(self) -> list[list[str]]:
        rows: list[list[str]] = self.page.eval_on_selector_all(
            ".race tbody tr", "rows => rows.map((row) => [...row.cells].map((cell) => cell.textContent))"
        )
        return rows
