"""Runs of lessons over a provider, as every view makes them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from langchain_core.callbacks import BaseCallbackHandler

from components.lessons import lessons, model_for, reader_of
from components.providers import Choice, Provider
from components.streaming import Connection, Frame, Report, Stop, run
from components.streaming.frame import Line


@dataclass
class Played:
    """Everything a run of a lesson showed."""

    frames: list[Frame] = field(default_factory=list)

    @property
    def lines(self) -> list[Line]:
        return self.frames[-1].lines

    @property
    def texts(self) -> list[str]:
        return [line.text for line in self.lines]

    @property
    def report(self) -> Report:
        assert [frame.report is not None for frame in self.frames].count(True) == 1
        assert self.frames[-1].report is not None
        return self.frames[-1].report

    def among(self, part: str) -> list[Line]:
        return [line for line in self.lines if part in line.text]


class Unhurried(BaseCallbackHandler):
    """A model whose tokens are never closer together than `seconds`.

    A busy machine hands a reader ten tokens in one piece: what takes them one by one would then be as quick
    as what waits for the whole.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def on_llm_new_token(self, *_: Any, **__: Any) -> None:
        time.sleep(self._seconds)


def source(
    provider: Provider, name: str, choice: Choice, prompt: str = "", *, apart: float = 0
) -> Callable[[], Connection]:
    """`apart`: the least number of seconds between two tokens."""

    def opened() -> Connection:
        lesson = lessons()[name]
        connection = provider.open(choice)
        connection.model.callbacks = [Unhurried(apart)] if apart else []
        return connection.with_chain(model_for(lesson, connection), prompt or lesson.prompt)

    return opened


async def play(
    name: str,
    connect: Callable[[], Connection],
    *,
    stop: Stop | None = None,
    seen: Callable[[Frame], Any] | None = None,
    seconds: float = 60,
) -> Played:
    """Read a run to its end; `seen` is called with each frame."""
    played, stop = Played(), stop or Stop()
    async with asyncio.timeout(seconds):
        async for frame in run(connect, reader_of(lessons()[name], stop), stop=stop):
            played.frames.append(frame)
            if seen is not None:
                seen(frame)
    return played
