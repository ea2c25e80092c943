"""JsonOutputParser beside our reader: it sees every chunk, what it gives is kept, its cost is bounded."""

from __future__ import annotations

import asyncio
import json
import re
import threading

import pytest
from langchain_core.output_parsers import JsonOutputParser
from langchain_core.runnables import Runnable

from components.chains.json import build
from components.chains.json_beside import Beside, Passed
from components.locale import Words
from components.providers import Choice, registry
from components.settings import Settings
from components.tabs.json_view import theirs_line
from tests.bench.json_parsing import chunks, document

VALUES = {"rate": "0", "delay": "0"}


def chain(passed: Passed, language: str = "json") -> Runnable[dict[str, str], str]:
    opened = registry(Settings())["scripted"].open(
        Choice("scripted", values={**VALUES, "language": language})
    )
    return build(opened, None, constrain=False, parser=Beside(passed=passed))


async def ask(asked: Runnable[dict[str, str], str], method: str) -> str:
    prompt = {"prompt": "Which countries?"}
    if method == "stream":
        return "".join(await asyncio.to_thread(lambda: list(asked.stream(prompt))))
    if method == "invoke":
        return await asyncio.to_thread(asked.invoke, prompt)
    if method == "astream":
        return "".join([text async for text in asked.astream(prompt)])
    events = [event async for event in asked.astream_events(prompt)]
    return "".join(e["data"]["chunk"] for e in events if e["event"] == "on_parser_stream")


@pytest.mark.parametrize("method", ["stream", "astream", "astream_events", "invoke"])
async def test_the_text_passes_and_the_parser_sees_all_of_it(method: str) -> None:
    passed = Passed()
    text = await ask(chain(passed), method)
    assert passed.given.value == json.loads(text)
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
    assert passed.given.items == len(list(JsonOutputParser().transform(iter(pieces))))


@pytest.mark.parametrize(
    ("method", "raised"), [("stream", ""), ("astream", ""), ("invoke", "OutputParserException")]
)
async def test_prose_does_not_end_the_run(method: str, raised: str) -> None:
    passed = Passed()
    assert await ask(chain(passed, "en"), method)
    assert (passed.given.items, passed.raised) == (0, raised)


async def test_no_chunk_is_parsed_on_the_event_loop() -> None:
    names: set[str] = set()

    class Telling(Passed):
        def take(self, text: str, *, invoked: bool = False) -> None:
            names.add(threading.current_thread().name)
            super().take(text, invoked=invoked)

    await ask(chain(Telling()), "astream")
    assert threading.current_thread().name not in names


def test_it_is_left_out_when_it_takes_too_long() -> None:
    passed = Passed(limit=0.05)
    pieces = chunks(document(20_000))
    for piece in pieces:
        passed.take(piece)
    assert 0 < passed.seen < len(pieces) == passed.chunks
    assert passed.cpu < 1
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
