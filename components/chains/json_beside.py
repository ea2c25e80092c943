"""JsonOutputParser beside the text: a last step that passes the reply on and shows it to that parser."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any

from langchain_core.exceptions import OutputParserException
from langchain_core.messages import BaseMessage
from langchain_core.output_parsers import JsonOutputParser
from langchain_core.outputs import Generation, GenerationChunk
from pydantic import ConfigDict, Field
from typing_extensions import override

from components.chains.text_parser import TextParser
from components.streaming.text import text_of

# Seconds of CPU after which the parser is left out and the text goes on without it: it reads everything anew
# with each chunk, ten minutes for 200 KB, and other visitors share the processor.
LIMIT = 10.0


@dataclass(frozen=True, slots=True)
class Given:
    """What the parser gave last; `items`: how many objects so far, 0 while it is silent."""

    items: int = 0
    value: Any = None


class Passed:
    """What passed the step, in one attempt. Written by the reader's thread, read by whoever draws.

    `cpu`: seconds the parser took for `seen` of `chunks` chunks. `raised`: the name of the exception that
    would have ended a chain with this parser in it; it is asked no more after that.
    """

    def __init__(self, *, limit: float = LIMIT) -> None:
        self.chunks = 0
        self.given = Given()
        self.cpu = 0.0
        self.seen = 0
        self.raised = ""
        self._parser = JsonOutputParser()
        self._limit = limit
        self._whole: GenerationChunk | None = None

    @property
    def parses(self) -> bool:
        return not self.raised and self.cpu < self._limit

    def take(self, text: str, *, invoked: bool = False) -> None:
        """The next chunk, or the whole of a reply that was `invoked`."""
        self.chunks += 1
        if self.parses:
            self._parse(text, partial=not invoked)

    def _parse(self, text: str, *, partial: bool) -> None:
        """As `JsonOutputParser.transform` does, which can't be given one chunk at a time: it pulls them."""
        self.seen += 1
        began = time.thread_time()
        try:
            chunk = GenerationChunk(text=text)
            self._whole = chunk if self._whole is None else self._whole + chunk
            parsed = self._parser.parse_result([self._whole], partial=partial)
            grown = parsed is not None and parsed != self.given.value
        except (OutputParserException, ValueError, RecursionError) as error:
            self.raised, grown, parsed = type(error).__name__, False, None
        self.cpu += time.thread_time() - began
        if grown:
            self.given = Given(self.given.items + 1, parsed)


class Beside(TextParser):
    """TextParser that shows each chunk to the JsonOutputParser of `passed`."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    passed: Passed = Field(exclude=True, repr=False)

    @override
    def parse_result(self, result: list[Generation], *, partial: bool = False) -> str:
        text: str = super().parse_result(result, partial=partial)
        self.passed.take(text, invoked=True)
        return text

    @override
    def _transform(self, input: Iterator[str | BaseMessage]) -> Iterator[str]:
        for chunk in input:
            text = text_of(chunk)
            self.passed.take(text)
            yield text

    @override
    async def _atransform(self, input: AsyncIterator[Any]) -> AsyncIterator[str]:
        async for chunk in input:
            text = text_of(chunk)
            if self.passed.parses:  # in a thread, as JsonOutputParser does: others share the loop
                await asyncio.to_thread(self.passed.take, text)
            else:
                self.passed.take(text)
            yield text
