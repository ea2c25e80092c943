"""Replies that are more than a document, or not quite one, as the page shows them."""

from __future__ import annotations

import json

from playwright.sync_api import expect

from tests.browser.json_tab import choose, grown, recite, said, states, verdict
from tests.browser.lab_page import LabPage
from tests.chat_deltas import thoughts
from tests.json_cases import TOLD
from tests.servers.openai_api import OpenAIServer

# Each kind of sentence that is told beside a verdict, and each verdict without one; of /json all of them are
# asked.
SHOWN = TOLD[:5]
SHOWN += {told.verdict.split(" at ")[0]: told for told in TOLD if not told.said}.values()


def test_what_is_told_of_each(one_visitor: LabPage, upstream: OpenAIServer) -> None:
    lab = one_visitor
    upstream.set("recite")
    choose(lab, "none")
    for told in SHOWN:
        recite(lab, list(told.reply))
        assert verdict(lab).startswith(told.verdict)
        assert json.loads(grown(lab, "object").inner_text()) == told.value
        for sentence in told.said:
            expect(said(lab)).to_contain_text(sentence)
        if told.verdict.startswith(("Valid", "Read", "More")):
            # Nothing is left of a draft.
            assert states(lab) == ["complete"] * len(_values(told.value))


def test_an_object_among_thoughts_is_none_of_the_reply(one_visitor: LabPage, upstream: OpenAIServer) -> None:
    upstream.set("recite")
    choose(one_visitor, "none")
    answer = '{"a": 1}'
    for deltas in (
        [*thoughts('Maybe {"draft": ', "true}?"), answer],
        ['<think>Maybe {"draft": ', "true}?</th", f"ink>{answer}"],
        ['Maybe {"draft": ', "true}?\n</think>\n\n", answer],
    ):
        recite(one_visitor, deltas)
        assert verdict(one_visitor) == "Valid JSON."
        assert json.loads(grown(one_visitor, "object").inner_text()) == {"a": 1}
        expect(said(one_visitor)).to_contain_text('Maybe {"draft": true}?')


def test_a_control_character_is_seen_in_the_table(one_visitor: LabPage, upstream: OpenAIServer) -> None:
    upstream.set("recite")
    choose(one_visitor, "none")
    recite(one_visitor, [r'{"q": "$\frac{3}{5}$ and \text{m}"}'])
    verdict(one_visitor)
    expect(one_visitor.page.locator(".json-table")).to_contain_text(
        "$\u2039U+000C\u203arac{3}{5}$ and \u21e5ext{m}"
    )


def _values(value: object) -> list[object]:
    members = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [value, *(each for member in members for each in _values(member))]
