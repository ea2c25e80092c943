"""JsonOutputParser beside our reader: it sees every chunk, what it gives is kept, its cost is bounded."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from typing import Any

import psutil
import pytest
from langchain_core.output_parsers import JsonOutputParser
from langchain_core.runnables import Runnable

from components.chains.json import build
from components.chains.json_beside import Beside, Passed
from components.locale import Words
from components.providers import Choice, registry
from components.runs.json import Cost
from components.runs.json_cost import Scales, Theirs, measure
from components.settings import Settings
from components.streaming import Stop
from components.tabs.json_cost_words import cost_line, theirs_line
from tests.bench.json_parsing import chunks, document

VALUES = {"rate": "0", "delay": "0"}


def chain(passed: Passed, language: str = "json") -> Runnable[dict[str, str], str]:
    opened = registry(Settings())["scripted"].open(
        Choice("scripted", values={**VALUES, "language": language})
    )
    return build(opened.model, None, constrain=False, parser=Beside(passed=passed))


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
    passed = Passed(parse=True)
    text = await ask(chain(passed), method)
    pieces = [text[sum(passed.lengths[:n]) :][:length] for n, length in enumerate(passed.lengths)]
    assert "".join(pieces) == text
    assert passed.seen == len(passed.lengths) >= (1 if method == "invoke" else 30)
    assert passed.given.value == json.loads(text)
    if method != "invoke":  # what its own `transform` would have given
        assert passed.given.items == len(list(JsonOutputParser().transform(iter(pieces))))
    assert passed.cpu > 0


@pytest.mark.parametrize(
    ("method", "raised"), [("stream", ""), ("astream", ""), ("invoke", "OutputParserException")]
)
async def test_prose_does_not_end_the_run(method: str, raised: str) -> None:
    passed = Passed(parse=True)
    assert await ask(chain(passed, "en"), method)
    assert (passed.given.items, passed.raised) == (0, raised)


async def test_only_lengths_are_noted_when_it_is_not_asked() -> None:
    passed = Passed(parse=False)
    text = await ask(chain(passed), "astream")
    assert (passed.seen, passed.cpu, sum(passed.lengths)) == (0, 0.0, len(text))


async def test_no_chunk_is_parsed_on_the_event_loop() -> None:
    names: set[str] = set()

    class Telling(Passed):
        def take(self, text: str, *, invoked: bool = False) -> None:
            names.add(threading.current_thread().name)
            super().take(text, invoked=invoked)

    await ask(chain(Telling(parse=True)), "astream")
    assert threading.current_thread().name not in names


def test_it_is_left_out_when_it_takes_too_long() -> None:
    passed = Passed(parse=True, limit=0.05)
    pieces = chunks(document(20_000))
    for piece in pieces:
        passed.take(piece)
    assert 0 < passed.seen < len(pieces) == len(passed.lengths)
    assert passed.cpu < 1
    theirs = Theirs(passed.cpu, passed.seen, len(pieces), passed.given.items)
    assert theirs_line(Words("en"), theirs).startswith(
        f"JsonOutputParser was left out after {passed.seen} of"
    )


@pytest.mark.parametrize("reply", ["[" * 5000, '{"a": ' + "9" * 5000 + "}"])
def test_what_would_end_its_chain_is_noted(reply: str) -> None:
    passed = Passed(parse=True)
    passed.take(reply)
    passed.take("more")
    theirs = measure(reply, [len(reply)], 2.0)
    assert passed.raised == theirs.raised in {"RecursionError", "ValueError"}
    assert passed.seen == theirs.seen == 1
    assert passed.raised in theirs_line(Words("en"), theirs)


def test_measuring_ends_at_its_limit() -> None:
    text = document(50_000)
    lengths = [len(piece) for piece in chunks(text)]
    began = time.process_time()
    theirs = measure(text, lengths, 0.2)
    print(f"{theirs.cpu:.2f} s for {theirs.seen} of {theirs.chunks} chunks")
    assert 0 < theirs.seen < theirs.chunks == len(lengths)
    assert time.process_time() - began < 5
    line = cost_line(Words("en"), Cost(0.004, 3, theirs))
    assert "CPU to parse: 4.0 ms for 3 frames" in line
    assert line.endswith(f"of {len(lengths)} chunks it saw {theirs.seen}")


async def test_it_is_measured_in_a_process_of_its_own() -> None:
    text = document(2_000)
    lengths = [len(piece) for piece in chunks(text)]
    theirs = await Scales().weigh(text, lengths, Stop())
    assert theirs is not None
    assert (theirs.seen, theirs.chunks, theirs.raised) == (len(lengths), len(lengths), "")
    assert theirs.items == len(list(JsonOutputParser().transform(iter(chunks(text)))))
    assert not _measuring()


async def test_stop_ends_its_process() -> None:
    text = document(200_000)
    stop, scales = Stop(), Scales()
    weighing = asyncio.create_task(scales.weigh(text, [4] * (len(text) // 4), stop))
    while not _measuring():  # noqa: ASYNC110 - a process has no event to wait for
        await asyncio.sleep(0.01)
    stopped = time.monotonic()
    threading.Thread(target=stop.set).start()
    assert await weighing is None
    print(f"ended {1000 * (time.monotonic() - stopped):.0f} ms after Stop")
    while _measuring():
        assert time.monotonic() - stopped < 10
        await asyncio.sleep(0.01)
    assert cost_line(Words("en"), Cost(0.1, 1, None)).endswith("JsonOutputParser was not measured")
    after = Stop()
    after.set()
    assert await scales.weigh(text, [4], after) is None


def _measuring() -> list[Any]:
    children = psutil.Process().children()
    return [child for child in children if "components.runs.json_cost" in " ".join(_command(child))]


def _command(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except (psutil.NoSuchProcess, psutil.ZombieProcess):
        return []
