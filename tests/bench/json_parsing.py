"""`python -m tests.bench.json_parsing`: what reading growing JSON costs, beside LangChain's JsonOutputParser.

Process CPU, so that the figures hold on a busy machine. Everything in one process, one after the other.
"""

from __future__ import annotations

import json
import time
import tracemalloc
from collections import deque
from collections.abc import Callable, Iterator
from functools import partial
from itertools import count
from typing import Any

from langchain_core.output_parsers import JsonOutputParser

from components.streaming.json.growing import GrowingJson

CHUNK = 4
# Chunks a frame: 1,000 when the upstream sends at once (20,000 a second, a frame every 50 ms).
FRAMES = (1000, 100)
# Documents of 200 KB that ask more of a reader than the usual ones.
SHAPES = {
    "zeros": f"[{','.join('0' * 100_000)}]",
    "one string": f'"{"a" * 200_000}"',
    "one string of escapes": '"' + r"\u00e9\n\ud83d\ude00" * 10_000 + '"',
    "one object of 20,000 keys": "{" + ",".join(f'"{n:05}":1' for n in range(20_000)) + "}",
    "brackets, 90 deep": f"[{','.join(['[' * 90 + ']' * 90] * 1_100)}]",
    "white space": f"[{' ' * 200_000}]",
    "an endless fence label": "```" + "a" * 200_000,
    "backticks": "`" * 200_000,
    "references": "as in [1] " * 20_000,
    "lines of JSON": '{"a": 1}\n' * 22_000,
    "a thought": f"<think>{'I think [1] < 2. ' * 12_000}",
    "what broke": '{"a": None, ' + '"a": [{"b": "c"}], ' * 10_000,
    "prose": "A bracket [ in prose, a brace { and ` here. " * 4_500,
}


def document(characters: int) -> str:
    """Of the countries example's shape, with escapes, long integers and fractions, at least this long."""
    countries: list[dict[str, Any]] = []
    length = 0
    for number in count():
        country = {
            "name": f"Country \u00e9 {number}",
            "capital": 'A capital\nof "some" size',
            "population": 10**17 + number * 1_000_003,
            "area": number * 1.25,
            "languages": ["one", "another"],
            "member": number % 2 == 0,
        }
        countries.append(country)
        length += len(json.dumps(country)) + 2
        if length >= characters:
            return json.dumps({"countries": countries})
    raise AssertionError


def chunks(text: str) -> list[str]:
    return [text[at : at + CHUNK] for at in range(0, len(text), CHUNK)]


def cpu(work: Callable[[], Any]) -> float:
    """Seconds."""
    began = time.process_time()
    work()
    return time.process_time() - began


def grow(pieces: list[str], frame: int, *, rows: int = 2000) -> Any:
    """Read with a look every `frame` chunks, as the page looks."""
    reader = GrowingJson(rows=rows)
    for number, piece in enumerate(pieces):
        reader.feed(piece, number * 0.00005)
        if number % frame == 0:
            reader.snapshot()
    reader.end()
    return reader.snapshot().value


def drain(parser: JsonOutputParser, pieces: list[str]) -> Any:
    return deque(parser.transform(iter(pieces)), maxlen=1).pop()


def peak(work: Callable[[], Any]) -> int:
    """Bytes held at most, above what was held before."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def ratio(characters: int = 20_000) -> tuple[float, float]:
    """Seconds of CPU for the same chunks: JsonOutputParser's, and ours with a look every 100 chunks."""
    pieces = chunks(document(characters))
    return cpu(lambda: drain(JsonOutputParser(), pieces)), cpu(lambda: grow(pieces, 100))


def figures() -> Iterator[str]:
    text = document(200_000)
    pieces = chunks(text)
    yield f"{len(text):,} characters in {len(pieces):,} chunks of {CHUNK}"
    for frame in FRAMES:
        yield f"reader, a look every {frame} chunks: {cpu(partial(grow, pieces, frame)):.2f} s"
    yield f"reader, a look every 100 chunks, all rows: {cpu(lambda: grow(pieces, 100, rows=10**6)):.2f} s"
    for name, shape in SHAPES.items():
        odd = chunks(shape)
        yield f"{name}, {len(shape):,} characters: {cpu(partial(grow, odd, 100)):.2f} s"
    for size in (len(text), 4 * len(text)):
        held = peak(partial(grow, chunks(document(size)), 100))
        yield f"memory at most, {size:,} characters: {held / 1e6:.1f} MB, {held / size:.0f} bytes a character"
    theirs, ours = ratio()
    yield f"20,000 characters: JsonOutputParser {theirs:.2f} s, ours {ours:.4f} s: {theirs / ours:.0f} times"
    for size in (50_000, len(text)):
        yield f"JsonOutputParser at {size:,}, by the square: about {theirs * (size / 20_000) ** 2:,.0f} s"


if __name__ == "__main__":
    for line in figures():
        print(line, flush=True)
