"""The step of a chain that gives JsonOutputParser's objects, and is never silent."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

from langchain_core.exceptions import OutputParserException
from langchain_core.messages import BaseMessage
from langchain_core.output_parsers import BaseTransformOutputParser
from typing_extensions import override

from components.streaming.json.growing import GrowingJson
from components.streaming.json.verdict import judge
from components.streaming.text import text_of


class JsonParser(BaseTransformOutputParser[Any]):
    """Yields the object so far with each chunk that has it grow; what they share is to be read, not changed.

    At the end of a reply that held no whole document, or several, it raises OutputParserException, where
    JsonOutputParser says nothing.
    """

    @override
    def parse(self, text: str) -> Any:
        *_, value = self._transform(iter([text]))
        return value

    @override
    def _transform(self, input: Iterator[str | BaseMessage]) -> Iterator[Any]:
        reply = _Reply()
        for chunk in input:
            yield from reply.grow(text_of(chunk))
        yield from reply.end()

    @override
    async def _atransform(self, input: AsyncIterator[str | BaseMessage]) -> AsyncIterator[Any]:
        # No thread in between: reading a chunk takes microseconds, a hop to a thread ten times as long.
        reply = _Reply()
        async for chunk in input:
            for value in reply.grow(text_of(chunk)):
                yield value
        for value in reply.end():
            yield value


class _Reply:
    def __init__(self) -> None:
        self._reader = GrowingJson(rows=0)
        self._shown = (0, 0)

    def grow(self, text: str) -> Iterator[Any]:
        self._reader.feed(text)
        return self._look()

    def end(self) -> Iterator[Any]:
        verdict = judge(self._reader)
        yield from self._look()
        if not verdict.whole:
            said = ", ".join(f"{name} {value}" for name, value in verdict.params.items() if value)
            raise OutputParserException(f"The reply is not one whole JSON document: {verdict.kind}. {said}")

    def _look(self) -> Iterator[Any]:
        snapshot = self._reader.snapshot()
        if snapshot.found and snapshot.revision != self._shown:
            self._shown = snapshot.revision
            yield Whole(snapshot.value) if isinstance(snapshot.value, list) else snapshot.value


class Whole(list[Any]):
    """A list that stands for all of the document, as one of LangChain's chunks.

    LangChain adds up what a step yields, for its tracers. Lists of which each holds the one before would add
    up to the square of the document; added to an earlier one, this one takes its place, as a dict does.
    """

    def __add__(self, later: Any) -> Any:
        return later if isinstance(later, Whole) else super().__add__(later)
