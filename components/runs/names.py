"""One run of the names example: the lines its chain yields, each with its time."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from components.runs.ask import Ask
from components.runs.json_presets import COUNTRIES
from components.runs.lab import Lab
from components.runs.source import open_source
from components.streaming import Connection, Frame, Stop, run

if TYPE_CHECKING:
    from langchain_core.runnables import Runnable

Which = Literal["waiting", "streaming"]


@dataclass(frozen=True, slots=True)
class Line:
    """`at`: seconds from the start of the run. `text`: what the chain yielded, as JSON."""

    at: float
    text: str


@dataclass(slots=True)
class Noted:
    """What has come out of the chain so far; filled by its last step, in whatever thread reads it."""

    began: float
    lines: list[Line] = field(default_factory=list)

    def note(self, item: Any) -> str:
        text = json.dumps(item, ensure_ascii=False)
        self.lines.append(Line(time.perf_counter() - self.began, text))
        return text

    def step(self) -> Runnable[Any, str]:
        from langchain_core.runnables import RunnableGenerator

        def note(items: Iterator[Any]) -> Iterator[str]:
            for item in items:
                yield self.note(item)

        async def anote(items: AsyncIterator[Any]) -> AsyncIterator[str]:
            async for item in items:
                yield self.note(item)

        return RunnableGenerator(note, anote)


async def frames(lab: Lab, which: Which, ask: Ask, stop: Stop) -> AsyncIterator[tuple[Frame, list[Line]]]:
    """The engine's frames and all the lines so far."""
    noted = Noted(time.perf_counter())

    def prepare(connection: Connection) -> tuple[Any, Any]:
        from components.chains import names_streaming, names_waiting

        nonlocal noted
        noted = Noted(noted.began)
        build = {"waiting": names_waiting.build, "streaming": names_streaming.build}[which]
        model = connection.held_to(COUNTRIES) or connection.model
        return build(model) | noted.step(), {"prompt": ask.message}

    async for frame in run(
        lambda: open_source(lab, ask, prepare),
        method=ask.method,
        stop=stop,
        live=lab.live,
        admission=lab.admission(ask, "names"),
    ):
        yield frame, list(noted.lines)
