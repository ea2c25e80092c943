"""What holds of a run whatever is spoken: what it costs, what its file says, a call of a tool, and waits."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from dataclasses import replace
from email.utils import formatdate
from pathlib import Path
from time import time

import pytest
from langchain_core.tools import tool

from components.settings import METHODS
from components.streaming import READERS, Admission, Connection, Frame, Ran, Stop, Trace, run
from components.streaming.replay import replay
from components.streaming.trace import open_run_file
from tests.runs import KEY, SPOKEN, by_each, opening, provided, source_of
from tests.servers.openai_api import OpenAIServer
from tests.servers.openai_plan import AS_TOLD

STREAMS = tuple(method for method in METHODS if method != "invoke")
each = pytest.mark.parametrize("spoken", SPOKEN)


@tool
def count_letters(word: str) -> int:
    """Count the letters of a word."""
    return len(word)


@each
async def test_a_reply_that_ends_in_a_call(openai_server: OpenAIServer, spoken: str) -> None:
    def connect() -> Connection:
        connection = provided(spoken, openai_server.address, "chunks=0,tool_call=banana,id=call")
        return source_of(replace(connection, model=connection.model.bind_tools([count_letters])))

    for method, got in (await by_each(connect, STREAMS)).items():
        (part,) = got.last.parts
        assert (method, part.kind, part.name) == (method, "tool_call", "count_letters")
        assert (got.kind, got.report.outcome.finish_reason) == ("", "tool_calls"), method


class Account(Admission):
    ran: Ran | None = None

    @property
    def estimates(self) -> bool:
        return True

    def leave(self, ran: Ran) -> None:
        self.ran = ran


async def last(
    connect: Callable[[], Connection], method: str, account: Account, path: Path, stop_at: str = ""
) -> Frame:
    """`stop_at`: the first words that the run is stopped after."""
    stop, trace = Stop(), Trace(path=path)
    async for frame in run(connect, READERS[method], stop=stop, admission=account, trace=trace):
        if stop_at and any(stop_at in part.text for part in frame.parts):
            stop.set()
    return frame


@each
@pytest.mark.parametrize("method", METHODS)
async def test_what_it_costs_and_what_its_file_says(
    openai_server: OpenAIServer, tmp_path: Path, spoken: str, method: str
) -> None:
    runs = {
        "whole": (f"think=3,chunks=5,id={method}", ""),
        "stopped": (f"think=40,rate=20,stall_after=30,id={method}", "Lorem"),
    }
    if method == "invoke":  # it has nothing before its end
        del runs["stopped"]
    for name, (model, stop_at) in runs.items():
        account, path = Account(), tmp_path / name
        frame = await last(opening(spoken, openai_server.address, model), method, account, path, stop_at)
        report, ran = frame.report, account.ran
        assert report is not None
        assert ran is not None
        assert (report.verdict == "stopped") == (name == "stopped")
        usage = report.outcome
        if name == "whole":
            assert (report.fault, usage.output_tokens, usage.reasoning_tokens) == (None, 8, 3)
            assert ran.tokens == 8 + (usage.input_tokens or 0)
        else:
            assert ran.tokens > 0, "a thought is paid for, too"
        assert KEY not in path.read_text("utf-8")
        again = [frame async for frame in replay(open_run_file(path), speed=math.inf)][-1]
        assert (again.report, again.parts) == (report, frame.parts)


WAITS = {"inf": None, "1e400": None, "soon": None, "75.5": 75.5, "in a minute": 60.0}


@each
async def test_how_long_it_asks_to_wait(openai_server: OpenAIServer, spoken: str) -> None:
    async def limited(name: str) -> None:
        told = formatdate(time() + 60, usegmt=True).replace(",", "") if name == "in a minute" else name
        connect = opening(spoken, openai_server.address, AS_TOLD, message=f"429,retry_after={told}")
        for got in (await by_each(connect, ("stream", "invoke"))).values():
            assert got.kind == "rate_limited"
            assert got.report.fault is not None
            known, wait = WAITS[name], got.report.fault.retry_after
            if known is None:
                assert wait in (None, 1.0)  # what is no time gives way to the words, where they have one
            else:
                assert wait == pytest.approx(known, abs=30)
            # A short wait is waited by itself.
            assert got.report.attempts == (3 if known is None else 1)

    await asyncio.gather(*map(limited, WAITS))
