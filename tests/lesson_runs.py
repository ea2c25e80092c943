"""Runs of lessons over a provider, as every view makes them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from langchain_core.callbacks import BaseCallbackHandler

from components.lessons import Ended, LessonFrame, Line, lessons, model_for, run
from components.providers import Choice, Provider
from components.streaming import Connection, Stop


@dataclass
class Played:
    """Everything a run of a lesson showed."""

    frames: list[LessonFrame] = field(default_factory=list)

    @property
    def lines(self) -> list[Line]:
        return [line for frame in self.frames for line in frame.lines]

    @property
    def texts(self) -> list[str]:
        return [line.text for line in self.lines]

    @property
    def ended(self) -> Ended:
        assert [frame.ended is not None for frame in self.frames].count(True) == 1
        assert self.frames[-1].ended is not None
        return self.frames[-1].ended

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
    open_source: Callable[[], Connection],
    *,
    stop: Stop | None = None,
    seen: Callable[[LessonFrame], Any] | None = None,
    seconds: float = 60,
) -> Played:
    """Read a run to its end; `seen` is called with each frame."""
    played = Played()
    async with asyncio.timeout(seconds):
        async for frame in run(lessons()[name], open_source, stop=stop):
            played.frames.append(frame)
            if seen is not None:
                seen(frame)
    return played
