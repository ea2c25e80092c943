"""The JSON tab's two parsers: what each makes of a reply."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import expect

from components.locale import Words
from tests.browser.json_tab import choose, grown, read_by, recite, run, said, verdict
from tests.browser.lab_page import LabPage
from tests.servers.openai_api import OpenAIServer

THEIRS = re.compile(r"JsonOutputParser got (\d+) chunks and gave \d+ objects, in [\d.]+ m?s of CPU time\.")
EMPTY = Words("en")("json_empty")
# A reply in pieces; the object JsonOutputParser makes of it, what is said of that, and our verdict.
SILENT = [
    (["Sorry, ", "no JSON."], "", r"got \d+ chunks and gave nothing", "The reply has no JSON"),
    (list("{'a': 1}"), "{}", r"gave 1 objects", "Not JSON"),
    (list('{"a": "caf\\u00'), "{}", r"gave \d+ objects", "Cut off at character"),
    (["[" * 2400], "", r"raised RecursionError at chunk \d", "Can't be read further"),
]


@pytest.fixture
def lab(one_visitor: LabPage) -> LabPage:
    return one_visitor


def test_both_give_the_same_object_as_it_grows(lab: LabPage, upstream: OpenAIServer) -> None:
    upstream.set("text=json,chunks=60,rate=40,hold_after=30")
    choose(lab, "none")
    for parser in ("chunks", "frames"):
        read_by(lab, parser)
        run(lab)
        expect(grown(lab, "object")).to_contain_text("Country 1")
        expect(lab.page.locator("#stop-json")).to_be_enabled()  # it grows while the reply does
        expect(lab.page.locator(".json-table tr.growing").first).to_be_visible()
        upstream.release()
        assert verdict(lab) == "Valid JSON."
        assert json.loads(grown(lab, "object").inner_text()) == json.loads(grown(lab, "text").inner_text())
        match = THEIRS.search(said(lab).inner_text())
        assert (match is not None) == (parser == "chunks")
        if match is not None:
            counted = re.search(r"· (\d+) chunks ·", said(lab).inner_text())
            assert counted is not None
            # It saw every chunk there was, and the empty ones before and behind them.
            assert 0 <= int(match[1]) - int(counted[1]) <= 3


def test_its_silence_is_shown(lab: LabPage, upstream: OpenAIServer) -> None:
    upstream.set("recite,rate=200")
    choose(lab, "none")
    read_by(lab, "chunks")
    for pieces, object_, told, ours in SILENT:
        recite(lab, pieces)
        assert verdict(lab).startswith(ours)
        expect(said(lab)).to_contain_text(re.compile(told))
        shown = grown(lab, "object").inner_text()
        assert "".join(shown.split()) == (object_ or "".join(EMPTY.split()))
