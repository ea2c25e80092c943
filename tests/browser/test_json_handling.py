"""The JSON tab by keyboard, what can be taken from it, two visitors, and what it answers to odd questions."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from components.locale import Words
from tests.app_process import App
from tests.browser.json_tab import ask, choose, grown, recite, run, said, verdict
from tests.browser.lab_page import LabPage
from tests.browser.visitors import Visitors
from tests.servers.openai_api import OpenAIServer
from tests.servers.openai_plan import AS_SET, ENDLESS

ENGLISH = Words("en")

# What Tab comes to after the prompt, until the names example; what can't be used now is left out.
STOPS = [
    *("run-json", "code-of-json", "json-parser", "json-parser", "json-schema-box"),
    *("text copy", "text download", "text"),
    *("object copy", "object download", "object"),
    *("fields", "names"),
]
FOCUSED = """() => {
  const it = document.activeElement;
  const pane = it.closest("[data-pane]")?.dataset.pane;
  if (pane) return it.dataset.do ? pane + " " + it.dataset.do : pane;
  const known = "#run-json, #stop-json, #code-of-json, #json-parser, #json-schema-box, #names, #json-prompt";
  return it.closest(known)?.id ?? it.outerHTML;
}"""
TOASTS = """() => {
  window.toasts = [];
  new MutationObserver(() => {
    for (const { textContent } of document.querySelectorAll(".toast-body")) toasts.push(textContent);
  }).observe(document.body, { subtree: true, childList: true, characterData: true });
}"""
STOPPED = re.compile(r"^Cut off at character \d+, inside /countries/\d.*: the run was stopped\.$")


@pytest.fixture(scope="module")
def one_visitor(visitors: Visitors, app: App) -> Iterator[LabPage]:
    """Whose clipboard can be read."""
    lab = visitors.open(app.url, permissions=["clipboard-read", "clipboard-write"])
    yield lab
    visitors.leave(lab)


@pytest.fixture
def lab(one_visitor: LabPage) -> LabPage:
    one_visitor.complaints.clear()
    return one_visitor


# First, as it is about the tab as it begins.
def test_stop_and_the_keyboard(lab: LabPage, upstream: OpenAIServer) -> None:
    upstream.set(f"text=json,{ENDLESS}")
    lab.tab("JSON")
    keyboard, prompt = lab.page.keyboard, lab.page.locator("#json-prompt textarea")
    prompt.focus()
    order = []
    for _ in STOPS:
        keyboard.press("Tab")
        order.append(lab.page.evaluate(FOCUSED))
    assert order == STOPS
    for named in ("Text", "Object", "Fields"):
        expect(lab.page.get_by_role("region", name=named)).to_have_attribute("tabindex", "0")

    prompt.focus()
    keyboard.press("Tab")
    keyboard.press("Enter")
    expect(grown(lab, "text")).to_contain_text("population")
    expect(lab.page.locator("#run-json")).to_be_disabled()
    keyboard.press("Escape")
    by_escape = verdict(lab)
    assert STOPPED.search(by_escape)
    expect(lab.page.locator("#json .spoken[role=status]")).to_have_text(by_escape)

    run(lab)
    expect(grown(lab, "text")).to_contain_text("population")
    lab.page.locator("#stop-json").click()
    assert STOPPED.search(verdict(lab))
    expect(said(lab).locator(".figures").first).to_contain_text("connection was closed")


def test_copy_and_download(lab: LabPage, upstream: OpenAIServer, tmp_path: Path) -> None:
    upstream.set("recite")
    choose(lab, "none")
    document = '{"a": [1, 12345678901234567890, 1.0], "\\u00e9": "\\ud83d\\ude00\\n<b>", "e": {}}'
    recite(lab, ["Here: ", document])
    assert verdict(lab) == "Valid JSON."
    whole = json.dumps(json.loads(document), indent=2, ensure_ascii=False)
    for pane, name, expected in (("text", "reply.txt", f"Here: {document}"), ("object", "reply.json", whole)):
        assert lab.copied(lab.page.locator(f'[data-pane="{pane}"] [data-do="copy"]')) == expected
        with lab.page.expect_download() as begun:
            lab.page.locator(f'[data-pane="{pane}"] [data-do="download"]').click()
        assert begun.value.suggested_filename == name
        begun.value.save_as(tmp_path / name)
        assert (tmp_path / name).read_text("utf-8") == expected
    assert lab.complaints == []


def test_a_schema_is_kept_to_inside_prose_and_a_fence_too(lab: LabPage, upstream: OpenAIServer) -> None:
    upstream.set("recite")
    choose(lab, "countries")
    broken = "breaks the schema's rule minItems (3) at /countries."
    recite(lab, ["Sure: ", '{"countries": []', "}", " Hope it helps!"])
    assert broken in verdict(lab)
    for told in ("Skipped before it (5 characters): Sure:", "Hope it helps!"):
        expect(said(lab)).to_contain_text(told)
    recite(lab, ["```json\n", '{"countries": []', "}\n``", "`"])
    assert broken in verdict(lab)
    expect(said(lab)).to_contain_text(ENGLISH("json_fenced"))
    expect(said(lab)).not_to_contain_text("Skipped")


def test_two_visitors_and_one_who_leaves(
    lab: LabPage, open_page: Callable[..., LabPage], upstream: OpenAIServer
) -> None:
    one, other = labs = [open_page(), lab]
    one.use("openai", f"text=json,{ENDLESS},id=json-one")
    other.use("openai", "text=json,chunks=100,rate=40,hold_after=50,id=json-other")
    for lab in labs:
        choose(lab, "countries")
        run(lab)
    for lab in labs:
        expect(grown(lab, "text")).to_contain_text("countries")
    one.page.locator("#stop-json").click()
    assert STOPPED.search(verdict(one))
    left = f"text=json,{ENDLESS},id=json-left"
    one.use("openai", left)
    run(one)
    expect(grown(one, "text")).to_contain_text("countries")
    one.page.close()
    upstream.release("json-other")
    assert "the schema's rule maxItems (3)" in verdict(other)  # it went on to its end
    assert len(json.loads(grown(other, "object").inner_text())["countries"]) > 3
    assert upstream.wait_for(lambda entry: entry.closed is not None, left).finished is None


def test_what_goes_wrong_is_one_sentence_and_the_next_run_can_begin(
    lab: LabPage, upstream: OpenAIServer
) -> None:
    lab.use("local")
    lab.tab("JSON")
    prompt = lab.page.locator("#json-prompt textarea")
    prompt.fill("word " * 20_000)
    run(lab)
    expect(said(lab)).to_contain_text(ENGLISH("json_too_long"))
    expect(lab.page.locator("#run-json")).to_be_enabled()
    for blank in ("", " \n"):
        prompt.fill(blank)
        run(lab)
        expect(said(lab)).to_contain_text(ENGLISH("fault_empty_message"))
        expect(lab.page.locator("#run-json")).to_be_enabled()
    upstream.set("401")
    lab.use("openai", AS_SET)
    recite(lab, ["{}"])
    expect(said(lab).locator(".fault")).to_have_text(re.compile(r"openai refused the key .* Check them"))
    expect(lab.page.locator("#run-json")).to_be_enabled()
    upstream.set("text=json,chunks=40")
    choose(lab, "countries")
    editor = lab.page.locator("#json-schema .cm-content")
    editor.click()
    editor.press("ControlOrMeta+a")
    editor.press_sequentially("[]")
    lab.page.evaluate(TOASTS)  # which go by themselves
    lab.page.locator("#run-json").click()
    lab.wait_until('() => toasts.some((said) => said.includes("The schema can\'t be used"))')
    expect(lab.page.locator("#run-json")).to_be_enabled()
    expect(lab.page.locator("#stop-json")).to_be_disabled()
    ask(lab, "none")
    assert verdict(lab) == "Valid JSON."
