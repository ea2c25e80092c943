"""Any document, cut in any way, as it grows on the page: nothing that stood there as whole is taken back."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.browser.json_tab import choose, verdict
from tests.browser.lab_page import LabPage
from tests.json_replies import DOCUMENTS, begins, cut, same
from tests.servers.openai_api import OpenAIServer

ORDER = {"missing": 0, "growing": 1, "complete": 2}
# Runs, and notes the object and the table whenever the page changes.
WATCHED = """() => new Promise((resolve) => {
  const run = document.getElementById("run-json");
  const said = document.querySelector(".json-said");
  const seen = [];
  let begun = false;
  const look = () => {
    // Until its first message empties the table, the run before is still there.
    begun = begun || (run.disabled && !document.querySelector('[data-pane="fields"] tbody tr'));
    if (!begun) return;
    const object = document.querySelector('[data-pane="object"] .json-grows');
    const rows = [...document.querySelectorAll('[data-pane="fields"] tbody tr')];
    const table = rows.map((row) => [row.className, ...[...row.children].map((cell) => cell.textContent)]);
    const verdict = said.querySelector(".verdict");
    seen.push({ object: object.querySelector("p") ? "" : object.textContent, table });
    if (!verdict || run.disabled) return;
    observer.disconnect();
    resolve({ seen, verdict: verdict.textContent });
  };
  const observer = new MutationObserver(look);
  observer.observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
  said.replaceChildren();
  run.click();
})"""


@pytest.mark.timeout(300)
def test_what_stands_on_the_page_only_grows(one_visitor: LabPage, upstream: OpenAIServer) -> None:
    lab = one_visitor
    upstream.set("recite,bytewise,rate=100")
    choose(lab, "none")
    prompt = lab.page.locator("#json-prompt textarea")
    looks: list[int] = []

    @settings(
        max_examples=5,
        phases=[Phase.generate],  # nothing is made smaller: each try is a run on the page
    )
    @given(st.data(), DOCUMENTS.filter(lambda text: 20 <= len(text) <= 160))
    def check(data: st.DataObject, text: str) -> None:
        prompt.fill(json.dumps(data.draw(cut(text))))
        found = lab.page.evaluate(WATCHED)
        assert found["verdict"] == "Valid JSON."
        objects = [json.loads(look["object"]) for look in found["seen"] if look["object"]]
        whole = json.loads(text)
        assert same(objects[-1], whole)
        assert all(begins(one, other) for one, other in pairwise(objects))
        _check_tables([look["table"] for look in found["seen"]])
        looks.append(len({look["object"] for look in found["seen"]}))

    check()
    print(f"{len(looks)} documents, each seen in up to {max(looks)} stages")
    assert max(looks) > 1
    assert verdict(lab) == "Valid JSON."


def _check_tables(tables: list[list[list[Any]]]) -> None:
    """Rows: state, path, value, state in words, first seen, completed."""
    for before, after in pairwise(tables):
        assert len(before) <= len(after)
        for was, now in zip(before, after, strict=False):
            assert was[1] == now[1]
            assert ORDER[was[0]] <= ORDER[now[0]]
            assert was == now or was[0] != "complete"
    assert {row[0] for row in tables[-1]} == {"complete"}
