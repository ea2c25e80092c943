"""CPU of reading growing JSON: ours, LangChain's JsonOutputParser, and jiter on each chunk."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import jiter
from langchain_core.output_parsers import JsonOutputParser

from tests.bench.json_parsing import chunks, cpu, document, drain, grow
from tests.bench.report import Row, Size

# Chunks a frame: what comes in 50 ms of 2,000 chunks a second.
FRAME = 100
# Bytes. It parses everything again with every chunk: 50 KB are less than a minute, 200 KB ten.
LARGEST_FOR_PARSER = 50_000
LEFT_OUT: Mapping[str, str] = {"parser": "over a minute"}


def measure(size: Size) -> Iterator[Row]:
    for length in (4_000,) if size.quick else (10_000, 50_000, 200_000):
        pieces = chunks(document(length))
        ours = [1000 * cpu(partial(grow, pieces, FRAME)) for _ in range(size.times(3))]
        others = {"jiter": [1000 * cpu(partial(each, pieces))]}
        asked = length <= LARGEST_FOR_PARSER
        if asked:
            others["parser"] = [1000 * cpu(partial(drain, JsonOutputParser(), pieces))]
        left_out = {} if asked else LEFT_OUT
        case = f"{length // 1000} KB in chunks of four characters"
        yield Row("json", case, "CPU", "ms", ours, others=others, left_out=left_out, short=True)


def each(pieces: list[str]) -> Any:
    """Everything so far, with every chunk."""
    text, value = b"", None
    for piece in pieces:
        text += piece.encode()
        value = jiter.from_json(text, partial_mode="trailing-strings")
    return value
