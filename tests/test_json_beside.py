"""JsonOutputParser beside our reader: it sees every chunk, what it gives is kept, its cost is bounded."""

from __future__ import annotations

import json
import re
import threading
from contextlib import aclosing
from typing import Any

import pytest
from langchain_core.output_parsers import JsonOutputParser

from components.chains.json_parser import LIMIT, Passed
from components.locale import Words
from components.providers import Choice, registry
from components.runs.ask import Ask
from components.runs.json import JsonReply, frames
from components.runs.lab import Lab
from components.settings import Settings
from components.streaming import Stop
from components.tabs.json_view import theirs_line
from tests.bench.json_parsing import chunks, document

VALUES = {"rate": "0", "delay": "0"}


async def ask(method: str, language: str = "json") -> tuple[str, Passed]:
    """The reply's text, and what JsonOutputParser made of it."""
    lab = Lab(Settings(), registry(Settings()))
    choice = Choice("scripted", values={**VALUES, "language": language})
    asked = Ask("Which countries?", [], choice, "", method)
    reply = JsonReply(asked, None, constrain=False, parser="chunks")
    async with aclosing(frames(lab, reply, Stop())) as running:
        *_, frame = [frame async for frame in running]
    assert frame.report is not None
    assert frame.report.fault is None
    assert reply.passed is not None
    return frame.text, reply.passed


@pytest.mark.parametrize("method", ["stream", "astream", "astream_events", "invoke"])
async def test_the_text_passes_and_the_parser_sees_all_of_it(method: str) -> None:
    text, passed = await ask(method)
    assert passed.value == json.loads(text)
    assert passed.seen == passed.chunks >= (1 if method == "invoke" else 30)
    assert passed.cpu > 0
    said = theirs_line(Words("en"), passed)
    assert re.fullmatch(
        rf"JsonOutputParser got {passed.chunks} chunks? and gave \d+ objects, in .* of CPU time\.", said
    )


def test_it_gives_what_its_own_transform_would() -> None:
    passed, pieces = Passed(), chunks(document(2_000))
    for piece in pieces:
        passed.take(piece)
    assert passed.items == len(list(JsonOutputParser().transform(iter(pieces))))


@pytest.mark.parametrize(
    ("method", "raised"), [("stream", ""), ("astream", ""), ("invoke", "OutputParserException")]
)
async def test_prose_does_not_end_the_run(method: str, raised: str) -> None:
    text, passed = await ask(method, "en")
    assert text
    assert (passed.items, passed.raised) == (0, raised)


async def test_no_chunk_is_parsed_on_the_event_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    names: set[str] = set()
    parse = JsonOutputParser.parse_result

    def telling(parser: JsonOutputParser, *given: Any, **how: Any) -> Any:
        names.add(threading.current_thread().name)
        return parse(parser, *given, **how)

    monkeypatch.setattr(JsonOutputParser, "parse_result", telling)
    await ask("astream")
    assert names
    assert threading.current_thread().name not in names


def test_it_is_left_out_when_it_takes_too_long() -> None:
    passed = Passed(cpu=LIMIT - 0.05)
    pieces = chunks(document(20_000))
    for piece in pieces:
        passed.take(piece)
    assert 0 < passed.seen < len(pieces) == passed.chunks
    assert passed.cpu < LIMIT + 1
    said = theirs_line(Words("en"), passed)
    assert said.endswith(f"of CPU time and was dropped after {passed.seen} of {len(pieces)} chunks.")


@pytest.mark.parametrize("reply", ["[" * 5000, '{"a": ' + "9" * 5000 + "}"])
def test_what_would_end_its_chain_is_noted(reply: str) -> None:
    passed = Passed()
    passed.take(reply)
    passed.take("more")
    assert passed.raised in {"RecursionError", "ValueError"}
    assert (passed.seen, passed.chunks) == (1, 2)
    assert passed.raised in theirs_line(Words("en"), passed)
