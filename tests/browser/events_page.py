"""The Events tab as its user handles it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, expect

from tests.browser.lab_page import LabPage

ENDED = """() => document.querySelector("#stop-events").disabled
  && /streamed|one piece|complete|cut off|failed|after Stop|never ended|stopped/.test(
    document.querySelector(".ev-said").textContent)"""
# The cells of all rows, `total` of them, read by scrolling: they are drawn where the list shows them.
ALL_ROWS = """async (total) => {
  const list = document.querySelector(".ev-list");
  const shown = () => [...document.querySelectorAll(".ev-row:not([hidden])")];
  // From the top of the list to its bottom, or to the last.
  const drawn = () => {
    const { top, bottom } = list.getBoundingClientRect();
    const rows = shown().map((row) => row.getBoundingClientRect());
    const end = Math.min(bottom, document.querySelector(".ev-pad").getBoundingClientRect().bottom) - 4;
    const covers = (at) => rows.some((row) => row.top <= at && at <= row.bottom);
    return !rows.length || [top + 4, end].every(covers);
  };
  const got = new Map();
  const deadline = performance.now() + 120_000;
  for (let at = 0; got.size < total; at += list.clientHeight) {
    if (at > list.scrollHeight) at = 0; // more had come than was drawn yet
    // Give or take a row, as whoever is that near the end is put there; a few more are drawn around.
    const there = () =>
      Math.abs(list.scrollTop - Math.max(0, Math.min(at, list.scrollHeight - list.clientHeight))) < 40;
    do {
      if (performance.now() > deadline) throw new Error(`${got.size} rows are drawn of ${total}`);
      if (!there()) list.scrollTop = at;
      await new Promise((resolve) => requestAnimationFrame(resolve));
    } while (!there() || !drawn());
    for (const row of shown()) {
      const cells = [...row.children].map((cell) => cell.textContent);
      got.set(Number(cells[0]), cells);
    }
  }
  return [...got.values()].sort(([one], [other]) => one - other);
}"""


class EventsPage:
    def __init__(self, lab: LabPage) -> None:
        self.lab = lab
        self.page = lab.page
        lab.tab("Events")

    def run(self, chain: str = "chat", prompt: str = "") -> None:
        """Choose and begin."""
        self.unfold("form")
        choice = self.page.locator("#events-chain").get_by_label(chain, exact=True)
        if not choice.is_checked():
            before = self.page.locator("#events-prompt textarea").input_value()
            choice.check()
            expect(self.page.locator("#events-prompt textarea")).not_to_have_value(before)
        if prompt:
            self.page.locator("#events-prompt textarea").fill(prompt)
        self.unsay()
        self.page.locator("#run-events").click()

    def last_run(self) -> None:
        """Show the last run of another tab."""
        self.unsay()
        self.page.locator("#events-last-run").click()

    def unsay(self) -> None:
        """What is said of the run that was shown would be taken for the next one's end."""
        self.page.evaluate("document.querySelector('.ev-said').replaceChildren()")

    def ended(self) -> str:
        """Wait for the end; what is said over the log."""
        self.lab.wait_until(ENDED)
        return self.said.inner_text()

    @property
    def said(self) -> Locator:
        return self.page.locator(".ev-said")

    @property
    def rows(self) -> Locator:
        """Those in the document: in sight, and a few around."""
        return self.page.locator(".ev-row:not([hidden])")

    @property
    def bars(self) -> Locator:
        return self.page.locator(".ev-bar")

    @property
    def clock(self) -> Locator:
        return self.page.locator(".ev-clock")

    @property
    def text(self) -> str:
        return str(self.page.locator(".ev-text").evaluate("box => box.textContent"))

    def bar(self, name: str) -> Locator:
        return self.page.locator(".ev-bar", has=self.page.get_by_text(name, exact=True))

    def do(self, name: str) -> Locator:
        return self.page.locator(f'#events [data-do="{name}"]')

    def count(self) -> str:
        return self.page.locator(".ev-count").inner_text()

    def filter(self, kind: str, value: str) -> None:
        field = self.page.locator(f'[data-filter="{kind}"]')
        if kind == "text":
            field.fill(value)
        else:
            field.select_option(value)

    def all_rows(self) -> list[list[str]]:
        """Every row that is shown, by scrolling through them."""
        rows: list[list[str]] = self.page.evaluate(ALL_ROWS, int(self.count().split(" / ")[0]))
        return rows

    def timeline(self) -> list[tuple[str, int, str, str]]:
        """Each bar's name, depth, state and place."""
        found: list[Any] = self.page.eval_on_selector_all(
            ".ev-bar",
            "bars => bars.map(bar => [bar.querySelector('.ev-bar-name').textContent,"
            " Number(bar.style.getPropertyValue('--depth')), bar.dataset.state,"
            " bar.querySelector('.ev-span').style.cssText])",
        )
        return [tuple(one) for one in found]

    def examples(self) -> Locator:
        """The buttons of the run files that come with the app."""
        self.unfold("form")
        self.unfold("files")
        return self.page.locator("#events-examples button")

    def open(self, file: Path) -> None:
        self.unfold("form")
        self.unfold("files")
        with self.page.expect_response(lambda response: "/upload" in response.url):
            self.page.locator("#events-file input[type=file]").set_input_files(file)

    def unfold(self, part: str) -> None:
        """Open the form, or a part of it: "asked" or "files"."""
        header = self.page.locator(f"#events-{part} > .label-wrap")
        if "open" not in (header.get_attribute("class") or "").split():
            header.click()
            header.locator("+ *").wait_for()
            self.lab.drawn()

    def save(self, path: Path) -> Path:
        with self.page.expect_download() as download:
            self.do("save").click()
        download.value.save_as(path)
        return path

    def seek(self, part: float) -> None:
        """Move the scrubber to that part of the run, and let it go."""
        self.page.locator(".ev-at").evaluate(
            "(box, part) => { box.value = part * box.max;"
            " box.dispatchEvent(new Event('input', { bubbles: true }));"
            " box.dispatchEvent(new Event('change', { bubbles: true })) }",
            part,
        )
