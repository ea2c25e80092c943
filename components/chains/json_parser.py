"""JsonOutputParser's objects: as it gives them beside the text, and by a step of our own, never silent."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

from langchain_core.exceptions import OutputParserException
from langchain_core.messages import BaseMessage
from langchain_core.output_parsers import BaseTransformOutputParser, JsonOutputParser
from langchain_core.outputs import Generation

from components.streaming.json.growing import GrowingJson
from components.streaming.json.verdict import judge
from components.streaming.text import text_of

# Seconds of CPU after which the parser is left out and the text goes on without it: it reads everything anew
# with each chunk, ten minutes for 200 KB, and other visitors share the processor.
LIMIT = 10.0


class JsonParser(BaseTransformOutputParser[Any]):
    """Yields the object so far with each chunk that has it grow; what they share is to be read, not changed.

    At the end of a reply that held no whole document, or several, it raises OutputParserException, where
    JsonOutputParser says nothing.
    """

    def parse(self, text: str) -> Any:
        *_, value = self._transform(iter([text]))
        return value

    def _transform(self, input: Iterator[str | BaseMessage]) -> Iterator[Any]:
        reply = _Reply()
        for chunk in input:
            yield from reply.grow(text_of(chunk))
        yield from reply.end()

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


class Passed:
    """What it was shown, and gave.

    `value`: what it gave last; `items`: how many objects so far, 0 while it is silent. `cpu`: seconds it took
    for `seen` of `chunks` chunks. `raised`: the name of the exception that would have ended a chain with this
    parser in it; it is asked no more after that.
    """

    def __init__(self, *, limit: float = LIMIT) -> None:
        self.chunks = 0
        self.items = 0
        self.value: Any = None
        self.cpu = 0.0
        self.seen = 0
        self.raised = ""
        self._parser = JsonOutputParser()
        self._limit = limit
        self._text = ""

    def take(self, text: str, *, invoked: bool = False) -> None:
        """The next chunk, or the whole of a reply that was `invoked`.

        As `JsonOutputParser.transform` does, which can't be given one chunk at a time: it pulls them.
        """
        self.chunks += 1
        if self.raised or self.cpu >= self._limit:
            return
        self.seen += 1
        self._text += text
        began = time.thread_time()
        try:
            parsed = self._parser.parse_result([Generation(text=self._text)], partial=not invoked)
            if parsed is not None and parsed != self.value:
                self.value, self.items = parsed, self.items + 1
        except (OutputParserException, ValueError, RecursionError) as error:
            self.raised = type(error).__name__
        self.cpu += time.thread_time() - began
