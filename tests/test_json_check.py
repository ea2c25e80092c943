"""A schema applied in a process of its own: the same verdict, and one whatever becomes of the process."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import psutil
import pytest

from components.chains.schemas import COUNTRIES
from components.locale import Words, json_verdict
from components.runs.json_check import settle
from components.runs.lab import CHECKS
from components.streaming import Stop
from components.streaming.json.check import Schema
from components.streaming.json.growing import GrowingJson
from components.streaming.json.verdict import JsonVerdict, judge

LISTED: dict[str, Any] = {"required": ["a"], "properties": {"a": {"type": "integer"}}}
# The pattern takes longer than anyone waits.
SLOW: dict[str, Any] = {"pattern": "^(a+)+$"}
SLOWED = json.dumps("a" * 60 + "!")
# What can't be checked: the schema, the reply, why, and what is named.
UNCHECKED = [
    ({"$ref": "https://nowhere.invalid/x"}, "1", "reference", "https://nowhere.invalid/x"),
    ({"$ref": "#"}, "1", "recursion", ""),
    ({"$ref": "#/title", "title": "x"}, "1", "failed", "AttributeError"),
    ({"items": {"$ref": "#/title"}, "title": "x"}, "[1]", "failed", "AttributeError"),
]


def read(text: str) -> GrowingJson:
    reader = GrowingJson()
    reader.feed(text)
    return reader


class Checks:
    """The turns that checks share, and the processes that are at it."""

    def __init__(self) -> None:
        self.turns = asyncio.Semaphore(CHECKS)
        self.most = 0

    async def __call__(
        self, text: str, schema: dict[str, Any], stop: Stop | None = None, seconds: float = 60
    ) -> JsonVerdict:
        return await settle(read(text), "model", Schema(schema), self.turns, stop or Stop(), seconds=seconds)

    async def until(self, wanted: Callable[[int], bool]) -> list[psutil.Process]:
        while not wanted(len(found := self.running())):  # noqa: ASYNC110 - a process has no event to wait for
            await asyncio.sleep(0.01)
        return found

    def running(self) -> list[psutil.Process]:
        found = []
        for child in psutil.Process().children():
            try:
                if "components.runs.json_check" in child.cmdline():
                    found.append(child)
            except (psutil.NoSuchProcess, psutil.ZombieProcess):
                continue
        self.most = max(self.most, len(found))
        return found


@pytest.fixture
def checks() -> Checks:
    return Checks()


def why(verdict: JsonVerdict) -> str:
    assert verdict.kind == "unchecked"
    assert verdict.whole
    for language in ("en", "ja", "zh-CN"):
        assert json_verdict.sentences(Words(language), verdict, schema=True)[0]
    return verdict.params["why"]


@pytest.mark.parametrize("text", ['{"a": 1}', '{"a": "one", "b": 12345678901234567890}', "{}", "[", "no"])
async def test_the_other_process_says_the_same(checks: Checks, text: str) -> None:
    assert await checks(text, LISTED) == judge(read(text), by="model", check=Schema(LISTED).check)


@pytest.mark.parametrize(("schema", "text", "reason", "named"), UNCHECKED)
async def test_what_cannot_be_applied_is_said_to_be(
    checks: Checks, schema: dict[str, Any], text: str, reason: str, named: str
) -> None:
    verdict = await checks(text, schema)
    assert why(verdict) == reason
    assert verdict.params["detail"].startswith(named)


async def test_a_slow_schema_ends_with_its_process(checks: Checks) -> None:
    assert why(await checks(SLOWED, SLOW, seconds=1)) == "slow"
    assert not checks.running()


async def test_a_process_that_is_killed_leaves_a_verdict(checks: Checks) -> None:
    """As one that takes all of the machine's memory is."""
    asked = asyncio.create_task(checks(SLOWED, SLOW))
    (child,) = await checks.until(lambda count: count == 1)
    child.kill()
    assert why(await asked) == "failed"


async def test_our_own_schemas_need_no_process(checks: Checks) -> None:
    """The turns are taken: none is asked for."""
    async with checks.turns, checks.turns:
        assert (await checks('{"countries": []}', COUNTRIES)).params["rule"] == "minItems"


async def test_a_few_at_a_time_and_stop_or_leaving_makes_room(checks: Checks) -> None:
    stops = [Stop() for _ in range(6)]
    asked = [asyncio.create_task(checks(SLOWED, SLOW, stop)) for stop in stops]
    await checks.until(lambda count: count == CHECKS)
    for stop in (stops[-1], *stops[:CHECKS]):  # one that waits, and those that have their turn
        stop.set()
    for task in (asked[-1], *asked[:CHECKS]):
        assert why(await task) == "stopped"
    await checks.until(lambda count: count == CHECKS)
    for task in asked[CHECKS:-1]:
        task.cancel()
    await asyncio.wait(asked)
    await checks.until(lambda count: count == 0)
    assert await checks('{"a": 1}', LISTED) == judge(read('{"a": 1}'), by="model", check=Schema(LISTED).check)
    assert checks.most == CHECKS
