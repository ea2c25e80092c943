"""The countries example with the embedded model: constrained to its schema, it is valid every time."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from functools import partial
from typing import Any

import pytest

from components.chains.json import build
from components.chains.schemas import COUNTRIES
from components.locale import LANGUAGES
from components.providers import Choice
from components.providers.llama.child import SLOTS
from components.providers.local import Local
from components.runs.ask import Ask
from components.runs.json import JsonReply
from components.settings import Settings
from components.streaming import Connection, Failure
from components.streaming.json.check import Schema
from components.streaming.json.growing import GrowingJson
from components.streaming.json.verdict import JsonVerdict, judge

pytestmark = pytest.mark.slow

RUNS = 10
# The grammar bounds every part of a reply; the longest of 100 had 110 tokens.
LONGEST = 256
# Each token costs the machine some 20 ms: after the example itself, one with a country instead of three.
ONE_COUNTRY = deepcopy(COUNTRIES)
ONE_COUNTRY["properties"]["countries"] |= {"minItems": 1, "maxItems": 1}
PROMPT = {"prompt": LANGUAGES["en"]["json_prompt_countries"]}


@pytest.fixture(scope="module")
def connection() -> Iterator[Connection]:
    local = Local(Settings())
    opened = local.open(Choice("local", max_tokens=LONGEST))
    yield opened
    opened.close()
    local.stop()


def read(connection: Connection, schema: dict[str, Any]) -> tuple[JsonVerdict, str]:
    """One run: the verdict, and the object."""
    reader = GrowingJson(schema)
    for chunk in build(connection, schema, constrain=True).stream(PROMPT):
        reader.feed(chunk)
    return judge(reader, check=Schema(schema).check), str(reader.snapshot().value)


def test_ten_runs_in_a_row_are_valid(connection: Connection) -> None:
    """As many at a time as the model has slots."""
    schemas = [COUNTRIES] * SLOTS + [ONE_COUNTRY] * (RUNS - SLOTS)
    began = time.monotonic()
    with ThreadPoolExecutor(SLOTS) as pool:
        found = list(pool.map(partial(read, connection), schemas))
    different = len({value for _, value in found[SLOTS:]})
    print(f"{RUNS} runs in {time.monotonic() - began:.1f} s, {different} of the shorter ones different")
    assert [(verdict.kind, verdict.around) for verdict, _ in found] == [("valid", None)] * RUNS
    assert different > 1  # it isn't one reply that was looked at


@pytest.mark.parametrize(("constrain", "words"), [(True, 10_000), (False, 1_750)])
def test_what_the_window_does_not_hold_is_refused_before_it_is_sent(
    connection: Connection, constrain: bool, words: int
) -> None:
    """The second prompt would fit; what is told of the schema doesn't fit beside it."""
    choice = Choice("local", max_tokens=LONGEST)
    asked = JsonReply(Ask("word " * words, [], choice, "", "stream"), Schema(COUNTRIES), constrain)
    with pytest.raises(Failure) as caught:
        asked.prepare(connection)
    assert caught.value.fault.kind == "too_long"
    if not constrain:
        again = JsonReply(asked.ask, asked.schema, constrain=True)
        assert again.prepare(connection)
