"""The step of a chain that gives JsonOutputParser's objects once a frame: `prompt | model | JsonFrames()`."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

from langchain_core.exceptions import OutputParserException
from langchain_core.messages import BaseMessage
from langchain_core.output_parsers import BaseTransformOutputParser
from langchain_core.outputs import Generation
from typing_extensions import override

from components.streaming.json.growing import GrowingJson
from components.streaming.json.verdict import judge
from components.streaming.pacing import INTERVAL
from components.streaming.text import text_of


class JsonFrames(BaseTransformOutputParser[Any]):
    """Yields the object so far: the first at once, then at most one an `interval` (seconds), the last always.

    A step of a chain is pulled: it can look at the clock only when a chunk comes. So what isn't due yet is
    shown with the first chunk after it is, or at the end: the last words before a pause wait for that.
    With `interval=0` nothing waits.

    What is settled is shared by all yielded objects, so they are to be read, not changed. `strict`: at the
    end of a reply that held no whole document, or several, it raises, where JsonOutputParser says nothing.
    """

    interval: float = INTERVAL
    strict: bool = True

    @override
    def parse(self, text: str) -> Any:
        """The object of a whole reply; None, or what there is of it, if it isn't `strict`.

        Raises:
            OutputParserException: the reply isn't one whole document.
        """
        reader = GrowingJson(rows=0)
        reader.feed(text)
        self._judge(reader)
        return reader.snapshot().value

    @override
    def parse_result(self, result: list[Generation], *, partial: bool = False) -> Any:
        return self.parse(result[0].text)

    @override
    def _transform(self, input: Iterator[str | BaseMessage]) -> Iterator[Any]:
        frames = _Frames(self.interval)
        for chunk in input:
            yield from frames.take(text_of(chunk))
        yield from frames.rest()
        self._judge(frames.reader)

    @override
    async def _atransform(self, input: AsyncIterator[str | BaseMessage]) -> AsyncIterator[Any]:
        # No thread in between: reading a chunk takes microseconds, a hop to a thread ten times as long.
        frames = _Frames(self.interval)
        async for chunk in input:
            for value in frames.take(text_of(chunk)):
                yield value
        for value in frames.rest():
            yield value
        self._judge(frames.reader)

    def _judge(self, reader: GrowingJson) -> None:
        verdict = judge(reader)
        if self.strict and not verdict.whole:
            said = ", ".join(f"{name} {value}" for name, value in verdict.params.items() if value)
            raise OutputParserException(f"The reply is not one whole JSON document: {verdict.kind}. {said}")

    @property
    def _type(self) -> str:
        return "json_frames"


class _Frames:
    """Chunks wait here until a frame is due."""

    def __init__(self, interval: float) -> None:
        self.reader = GrowingJson(rows=0)
        self._interval = interval
        self._waiting: list[str] = []
        self._due = 0.0
        self._shown = (0, 0)

    def take(self, text: str) -> Iterator[Any]:
        """A chunk has come: the object so far, if it is time for it and it has grown."""
        if text:
            self._waiting.append(text)
        if self._waiting and time.monotonic() >= self._due:
            yield from self._frame()

    def rest(self) -> Iterator[Any]:
        """Nothing more comes: the whole object, unless it has been shown."""
        self._feed()
        self.reader.end()
        yield from self._frame()

    def _frame(self) -> Iterator[Any]:
        self._feed()
        snapshot = self.reader.snapshot()
        if snapshot.found and snapshot.revision != self._shown:
            self._shown = snapshot.revision
            self._due = time.monotonic() + self._interval
            yield Whole(snapshot.value) if isinstance(snapshot.value, list) else snapshot.value

    def _feed(self) -> None:
        if self._waiting:
            self.reader.feed("".join(self._waiting))
            self._waiting.clear()


class Whole(list[Any]):
    """A list that stands for all of the document, as one of LangChain's chunks.

    LangChain adds up what a step yields, for its tracers. Lists of which each holds the one before would add
    up to the square of the document; added to an earlier one, this one takes its place, as a dict does.
    """

    def __add__(self, later: Any) -> Any:
        return later if isinstance(later, Whole) else super().__add__(later)
