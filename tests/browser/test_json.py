"""The JSON tab as its user sees it: what grows, and a verdict that is never silent."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from components.locale import Words
from tests.browser.json_tab import ask, choose, grown, run, states, verdict
from tests.browser.lab_page import LabPage
from tests.servers.openai_api import OpenAIServer
from tests.servers.openai_plan import AS_SET

ENGLISH = Words("en")

# Bytes sent to the browser for each byte of a large document.
AT_MOST = 5
# A verdict for each end there is; the app asks for 160 tokens.
ENDS = {
    "text=json,chunks=40,finish=length": r"^Valid JSON\.$",
    "text=json,chunks=40,drop_after=21": (
        r"^Cut off at character \d+, inside /countries/\d.*connection broke"
    ),
    "text=json,chunks=40,no_finish,close_after=21": r"^Cut off at character \d+, inside /countries/\d",
    "lorem,chunks=40": f"^{re.escape(ENGLISH('json_verdict_no_json'))}$",
    "text=json,chunks=150,bytewise": r"^Valid JSON\.$",
    "text=json,chunks=1000": (
        r"^Cut off at character \d+, inside /countries/\d+.*: it hit the max-tokens limit"
    ),
}


@pytest.fixture
def lab(one_visitor: LabPage) -> LabPage:
    one_visitor.complaints.clear()
    return one_visitor


# First, as it is about the tab as it begins.
def test_the_embedded_model_keeps_to_the_schema(lab: LabPage) -> None:
    lab.use("local")
    lab.tab("JSON")
    run(lab)  # the schema of the countries example is chosen at first
    assert verdict(lab) == ENGLISH("json_verdict_valid_by_schema")
    value = json.loads(grown(lab, "object").inner_text())
    assert value == json.loads(grown(lab, "text").inner_text())
    assert [sorted(country) for country in value["countries"]] == [["name", "population"]] * 3
    assert states(lab) == ["complete"] * 11
    assert "/countries/2/population" in lab.page.locator(".json-table").inner_text()


def test_every_end_has_its_verdict(lab: LabPage, upstream: OpenAIServer) -> None:
    lab.use("openai", AS_SET)
    choose(lab, "none")
    for plan, said in ENDS.items():
        upstream.set(plan)
        run(lab)
        assert re.search(said, verdict(lab)), plan
    assert states(lab).count("growing") >= 2  # of the last one, which was cut off
    upstream.set("text=json,chunks=100")
    ask(lab, "countries")
    assert "breaks the schema's rule maxItems (3) at /countries." in verdict(lab)


def test_a_large_document(lab: LabPage, upstream: OpenAIServer) -> None:
    """200 KB: whole, and few bytes. How long the page works on it: tests.bench.json_page."""
    # By another name, with the visitor's own key: on the owner's it would be stopped as far too long.
    own = {"base_url": upstream.base_url.replace("127.0.0.1", "localhost"), "api_key": "sk-good-visitor"}
    lab.use("openai", "text=json,chunks=160,size=1300,rate=80,id=json-large", **own)
    choose(lab, "none")
    received: list[int] = []
    wire = lab.page.context.new_cdp_session(lab.page)
    wire.send("Network.enable")
    wire.on("Network.dataReceived", lambda event: received.append(event["dataLength"]))
    run(lab)
    # Not `expect`: Playwright reads the whole page each time it looks.
    lab.page.wait_for_function("document.querySelector('.json-said .verdict')", timeout=120_000)
    assert verdict(lab) == "Valid JSON."
    text = lab.page.eval_on_selector('[data-pane="text"] .json-grows', "pane => pane.textContent")
    shown = lab.page.eval_on_selector('[data-pane="object"] .json-grows', "pane => pane.textContent")
    assert len(text) >= 200_000
    assert json.loads(shown) == json.loads(text)
    assert len(states(lab)) == 300
    ratio = sum(received) / len(text)
    print(f"{ratio:.2f} bytes a byte")
    assert ratio < AT_MOST


def test_a_phone_in_japan(open_page: Callable[..., LabPage], upstream: OpenAIServer) -> None:
    """No sideways scroll, one pane under the other, and the prompt in the page's language."""
    upstream.set("text=json,chunks=40")
    lab = open_page(locale="ja-JP", viewport={"width": 390, "height": 844})
    lab.tab("JSON")
    prompt = lab.page.locator("#json-prompt textarea")
    expect(prompt).to_have_value(re.compile("フランス"))
    run(lab)
    expect(grown(lab, "text")).to_contain_text("countries")
    expect(lab.page.locator(".json-said .verdict")).to_be_visible()
    assert lab.page.evaluate("document.documentElement.scrollWidth") <= 390
    tops = [lab.page.locator(f'[data-pane="{pane}"]').bounding_box() for pane in ("text", "object", "fields")]
    assert sorted(box["y"] for box in tops if box) == [box["y"] for box in tops if box]
