"""Replies as Vertex AI sends them, and what is told of them, by every method."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from components.settings import METHODS
from components.streaming import Connection
from tests.runs import by_each, source_of
from tests.servers.vertex import Vertex
from tests.servers.vertex_told import TOLD


@dataclass(frozen=True)
class Told:
    """`tokens`: in, out with thinking, thinking."""

    text: str
    kind: str = ""
    reason: str = "stop"
    tokens: tuple[int | None, int | None, int | None] | None = None
    thought: str = ""
    called: str = ""
    words: str = ""


CASES = {
    "spent": Told("", "spent_on_thinking", "length", (39, 512, 512), words="512"),
    "recited": Told("And do not be", "content_filter", "content_filter", (90, 3, None)),
    "filtered": Told("And so", "content_filter", "content_filter", (9, 3, None)),
    "thrice": Told("One two three", "", "length"),
    "cumulative": Told("w1 w2 w3 w4 w5 ", "", "stop", (10, 12, 7)),
    "thoughts": Told("Four.", tokens=(10, 11, 9), thought="**Weighing** it. Done."),
    "only thoughts": Told("", "thought_only", "stop", (10, 9, 9), thought="Hm.", words="9"),
    "two candidates": Told("One two", tokens=(3, 4, None)),
    "called": Told("", reason="tool_calls", called='{"city": "Rome"}'),
    "empty first": Told("Hi", tokens=(3, 1, None)),
    "called bare": Told("", reason="tool_calls", called="{}"),
    "malformed call": Told(
        *("", "provider_ended", "malformed_function_call"), words="malformed_function_call: No such tool."
    ),
    "blocked": Told("", "content_filter", "", words="OTHER: Not that."),
    "newer reason": Told("Half a", "provider_ended", "other", words="other: 15"),
    "newer block": Told("", "content_filter", ""),
    "nothing": Told("", "spent", "length"),
    "a picture": Told("", "empty", words="image"),
    "no candidates": Told("Hi", tokens=(3, 1, None)),
}


def opening(vertex: Vertex, name: str) -> Callable[[], Connection]:
    return lambda: source_of(vertex.provider.open(vertex.choice(f"told={name}")))


@pytest.mark.parametrize("name", CASES)
async def test_what_is_told(vertex: Vertex, name: str) -> None:
    told = CASES[name]
    # A reply that is asked for as a whole comes as one message.
    methods = [method for method in METHODS if method != "invoke" or len(TOLD[name]) == 1]
    for method, got in (await by_each(opening(vertex, name), methods)).items():
        assert (method, got.text, got.kind) == (method, told.text, told.kind)
        outcome = got.report.outcome
        assert outcome.finish_reason == told.reason
        if told.tokens is not None:
            assert (outcome.input_tokens, outcome.output_tokens, outcome.reasoning_tokens) == told.tokens
        for kind, text in (("reasoning", told.thought), ("tool_call", told.called)):
            assert "".join(part.text for part in got.last.parts if part.kind == kind) == text
        if told.words:
            assert got.report.fault is not None
            assert told.words in " ".join(got.report.fault.params.values())


async def test_an_error_after_text(vertex: Vertex) -> None:
    methods = [method for method in METHODS if method != "invoke"]
    for one in (await by_each(opening(vertex, "exhausted"), methods)).values():
        assert (one.text, one.kind) == ("Once ", "rate_limited")
        assert one.report.fault is not None
        assert one.report.fault.retry_after == 12
