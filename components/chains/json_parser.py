"""LangChain's JsonOutputParser beside the text: the objects it gives, and what reading them costs."""

import time
from dataclasses import dataclass, field
from typing import Any

from langchain_core.exceptions import OutputParserException
from langchain_core.output_parsers import JsonOutputParser
from langchain_core.outputs import Generation

# Seconds of CPU after which the parser is left out and the text goes on without it: it reads everything anew
# with each chunk, ten minutes for 200 KB, and other visitors share the processor.
LIMIT = 10.0


@dataclass(slots=True)
class Passed:
    """What it was shown, and gave.

    `value`: what it gave last; `items`: how many objects so far, 0 while it is silent. `cpu`: seconds it took
    for `seen` of `chunks` chunks. `raised`: the name of the exception that would have ended a chain with this
    parser in it; it is asked no more after that.
    """

    chunks: int = 0
    items: int = 0
    value: Any = None
    cpu: float = 0.0
    seen: int = 0
    raised: str = ""
    _parser: JsonOutputParser = field(default_factory=JsonOutputParser)
    _text: str = ""

    def take(self, text: str, *, invoked: bool = False) -> None:
        """The next chunk, or the whole of a reply that was `invoked`.

        As `JsonOutputParser.transform` does, which can't be given one chunk at a time: it pulls them.
        """
        self.chunks += 1
        if self.raised or self.cpu >= LIMIT:
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
