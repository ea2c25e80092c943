"""The JSON tab as its user sees it: what grows, and a verdict that is never silent."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from tests.app_process import running
from tests.browser.lab_page import LabPage
from tests.servers.openai_api import OpenAIServer

# Bytes sent to the browser for each byte of a large document, and its longest task in milliseconds: 200 on a
# machine that is otherwise idle.
AT_MOST = 5
TASK = 1500
LONG_TASKS = """() => {
  window.longTasks = [];
  new PerformanceObserver((list) => window.longTasks.push(...list.getEntries().map((task) => task.duration)))
    .observe({ entryTypes: ["longtask"] });
}"""
VERDICT = ".json-said .verdict"


def ask(lab: LabPage, preset: str = "none") -> None:
    """Open the tab, choose the schema, run."""
    lab.tab("JSON")
    if preset != "countries":
        lab.page.locator("#json-schema-box").get_by_role("button").first.click()
        lab.page.locator("#json-preset input").click()
        lab.page.get_by_role("option", name=preset).click()
        expect(lab.page.locator("#json-schema .cm-content")).not_to_contain_text("countries")
    lab.page.locator("#run-json").click()


def verdict(lab: LabPage) -> str:
    expect(lab.page.locator(VERDICT)).to_be_visible(timeout=120_000)
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


def test_the_embedded_model_keeps_to_the_schema(lab: LabPage) -> None:
    ask(lab, "countries")
    path = lab.page.locator('[data-pane="fields"] tbody tr', has_text="/countries")
    expect(path.first).to_be_visible()
    lab.page.wait_for_function("document.querySelector('tr.growing') !== null", timeout=60_000)
    assert verdict(lab) == "Valid JSON that keeps to the schema."
    value = json.loads(grown(lab, "object").inner_text())
    assert value == json.loads(grown(lab, "text").inner_text())
    assert [sorted(country) for country in value["countries"]] == [["name", "population"]] * 3
    assert states(lab) == ["complete"] * 11
    assert "/countries/2/population" in lab.page.locator(".json-table").inner_text()


@pytest.mark.parametrize(
    ("model", "said"),
    [
        ("text=json,chunks=40,finish=length", r"^Valid JSON\.$"),
        (
            "text=json,chunks=40,drop_after=21",
            r"^Cut off at character \d+, inside /countries/\d.*connection broke",
        ),
        ("text=json,chunks=40,no_finish,close_after=21", r"^Cut off at character \d+, inside /countries/\d"),
        ("lorem,chunks=40", r"^There is no JSON in the reply, only prose\.$"),
        ("text=json,chunks=150,bytewise", r"^Valid JSON\.$"),
    ],
)
def test_verdicts(lab: LabPage, model: str, said: str) -> None:
    lab.use("openai", f"{model},id=json")
    ask(lab)
    assert re.search(said, verdict(lab))


def test_cut_off_by_the_longest_reply(lab: LabPage) -> None:
    lab.use("openai", "text=json,chunks=1000,id=json-length")  # the app asks for 160 tokens
    ask(lab)
    assert re.search(
        r"^Cut off at character \d+, inside /countries/\d+.*: it reached the longest length", verdict(lab)
    )
    assert states(lab).count("growing") >= 2


def test_what_breaks_the_schema_is_named(lab: LabPage) -> None:
    lab.use("openai", "text=json,chunks=100,id=json-breaks")
    ask(lab, "countries")
    assert "breaks the schema's rule maxItems (3) at /countries." in verdict(lab)


def test_stop(lab: LabPage) -> None:
    lab.use("openai", "text=json,chunks=150,rate=10,id=json-stop")
    ask(lab)
    expect(grown(lab, "text")).to_contain_text("population")
    lab.page.locator("#stop-json").click()
    assert re.search(r"^Cut off at character \d+, inside /countries/\d.*: by Stop\.$", verdict(lab))
    expect(lab.page.locator(".json-said .figures").first).to_contain_text("connection was closed")


def test_a_bad_schema_is_said(lab: LabPage) -> None:
    lab.tab("JSON")
    lab.page.locator("#json-schema-box").get_by_role("button").first.click()
    editor = lab.page.locator("#json-schema .cm-content")
    editor.click()
    editor.press("ControlOrMeta+a")
    editor.press_sequentially("[]")
    lab.page.locator("#run-json").click()
    expect(lab.page.locator(".toast-body")).to_contain_text("The schema can't be used")


def test_a_large_document(open_at: Callable[..., LabPage], upstream: OpenAIServer) -> None:
    """200 KB in 4-character chunks, all at once: whole, few bytes, and the page stays responsive."""
    with running(
        PROVIDER="openai",
        MODEL="text=json,chunks=50000,id=json-large",
        MAX_TOKENS="60000",
        OPENAI_BASE_URL=upstream.base_url,
        OPENAI_API_KEY="sk-good-0123456789",
    ) as app:
        lab = open_at(app.url)
        ask(lab)
        verdict(lab)
        lab.page.evaluate(LONG_TASKS)
        received: list[int] = []
        wire = lab.page.context.new_cdp_session(lab.page)
        wire.send("Network.enable")
        wire.on("Network.dataReceived", lambda event: received.append(event["dataLength"]))
        lab.page.locator("#run-json").click()
        expect(lab.page.locator(VERDICT)).to_be_hidden()
        began = time.monotonic()
        assert verdict(lab) == "Valid JSON."
        seconds = time.monotonic() - began
        text = lab.page.eval_on_selector('[data-pane="text"] .json-grows', "pane => pane.textContent")
        shown = lab.page.eval_on_selector('[data-pane="object"] .json-grows', "pane => pane.textContent")
        longest = max(lab.page.evaluate("window.longTasks"), default=0)
    assert len(text) >= 200_000
    assert json.loads(shown) == json.loads(text)
    assert len(states(lab)) == 300
    ratio = sum(received) / len(text)
    print(f"whole after {seconds:.1f} s, {ratio:.2f} bytes a byte, longest task {longest:.0f} ms")
    assert ratio < AT_MOST
    assert longest < TASK


def test_download(lab: LabPage, tmp_path: Path) -> None:
    lab.use("openai", "text=json,chunks=40,id=json-download")
    ask(lab)
    verdict(lab)
    for pane, name in (("text", "reply.txt"), ("object", "reply.json")):
        with lab.page.expect_download() as begun:
            lab.page.locator(f'[data-pane="{pane}"] [data-do="download"]').click()
        assert begun.value.suggested_filename == name
        begun.value.save_as(tmp_path / name)
    assert json.loads((tmp_path / "reply.txt").read_text()) == json.loads(
        (tmp_path / "reply.json").read_text()
    )


def test_a_phone_has_no_sideways_scroll(open_page: Callable[..., LabPage]) -> None:
    lab = open_page(viewport={"width": 390, "height": 844})
    lab.use("openai", "text=json,chunks=100,id=json-phone")
    ask(lab)
    verdict(lab)
    assert lab.page.evaluate("document.documentElement.scrollWidth") <= 390
    tops = [lab.page.locator(f'[data-pane="{pane}"]').bounding_box() for pane in ("text", "object", "fields")]
    assert sorted(box["y"] for box in tops if box) == [box["y"] for box in tops if box]


@pytest.mark.parametrize(("locale", "word"), [("ja-JP", "フランス"), ("zh-CN", "法国")])
def test_the_prompt_is_in_the_page_s_language(
    open_page: Callable[..., LabPage], locale: str, word: str
) -> None:
    lab = open_page(locale=locale)
    lab.tab("JSON")
    expect(lab.page.locator("#json-prompt textarea")).to_have_value(re.compile(word))
