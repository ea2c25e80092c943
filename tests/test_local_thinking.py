"""A model of one's own that thinks, in llama.cpp: in each dialect, and told to come to its text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import pytest

from components.locale import Words
from components.locale.report import line
from components.providers import Choice
from components.providers.local import DIALECTS, Local
from components.settings import Settings
from components.streaming import Connection, Frame, Stop, Verdict
from tests.runs import collect, source_of
from tests.thinking_model import thinking_model

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Local]:
    model = thinking_model(tmp_path_factory.mktemp("weights"))
    provider = Local(Settings.load(None, {"LOCAL_MODEL": str(model)}))
    yield provider
    provider.stop()
    model.unlink()


def opened(local: Local, dialect: str, most: int) -> Connection:
    choice = Choice("local", temperature=0, max_tokens=most, values={"dialect": dialect})
    return source_of(local.open(choice), "Tell me a long story about a river.")


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("method", ["stream", "astream"])
async def test_its_thoughts_show(local: Local, dialect: str, method: str) -> None:
    connection = opened(local, dialect, 12)
    got = await collect(lambda: connection, method)
    assert ([part.kind for part in got.last.parts], got.text) == (["reasoning"], "")
    assert (got.kind, got.report.outcome.finish_reason) == ("spent_on_thinking", "length")
    # llama.cpp knows no other reply's thoughts to end.
    assert (connection.skip is not None) == (dialect == "chat")


@pytest.mark.parametrize("method", ["stream", "astream"])
async def test_its_thoughts_are_ended(local: Local, method: str) -> None:
    stop = Stop()

    def skip(frame: Frame) -> None:
        if frame.report is None and frame.text:
            stop.set()
        elif frame.report is None and frame.parts:
            assert stop.skip is not None
            stop.skip()

    # So many that it still thinks when it is told to.
    got = await collect(partial(opened, local, "chat", 1900), method, stop=stop, seen=skip)
    assert [part.kind for part in got.last.parts] == ["reasoning", "text"]
    assert got.text
    assert got.report.notes == (("skipped", "thinking"),)
    whole = replace(got.report, verdict=Verdict.THOUGHT)
    assert " · thinking skipped · " in line(Words("en"), whole)
    assert stop.skip is None
