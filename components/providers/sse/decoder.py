"""Server-Sent Events out of bytes that may be cut anywhere.

https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

# Not `str.splitlines`, which also splits at U+2028 and the like.
_LINE_END = re.compile(r"\r\n|\n|\r")
# Characters of one line. A server that never ends its line would fill the memory.
LONGEST_LINE = 16_000_000


class LineTooLongError(ValueError):
    """No event has lines of that length."""


@dataclass(slots=True)
class ServerSentEvent:
    """One block of the stream. `stray`: lines that are no field of the specification's."""

    name: str = ""
    data: list[str] = field(default_factory=list)
    stray: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "\n".join(self.data)


class Decoder:
    """Fed with bytes; gives the blocks that have data, or lines of another kind."""

    def __init__(self) -> None:
        # One bad byte costs one character, not the reply; a byte order mark is no text.
        self._decode = codecs.getincrementaldecoder("utf-8-sig")("replace").decode
        self._rest: list[str] = []
        self._length = 0
        self._event = ServerSentEvent()

    def feed(self, data: bytes) -> Iterator[ServerSentEvent]:
        """
        Raises:
            LineTooLongError: the stream has no line ends.
        """
        text = self._decode(data)
        if "\n" not in text and "\r" not in text and self._rest[-1:] != ["\r"]:
            self._keep(text)
            return
        whole = "".join(self._rest) + text
        self._rest, self._length = [], 0
        # The half of a line end, whose other half may come later.
        half = "\r" if whole.endswith("\r") else ""
        lines = _LINE_END.split(whole.removesuffix("\r"))
        self._keep(lines.pop())
        self._keep(half)
        for line in lines:
            if event := self._line(line):
                yield event

    def end(self) -> Iterator[ServerSentEvent]:
        """The last line without its end, and the last block without its blank line."""
        rest = "".join(self._rest) + self._decode(b"", True)
        self._rest = []
        for line in (*_LINE_END.split(rest), ""):
            if event := self._line(line):
                yield event

    def _keep(self, text: str) -> None:
        if text:
            self._rest.append(text)
            self._length += len(text)
        if self._length > LONGEST_LINE:
            raise LineTooLongError

    def _line(self, line: str) -> ServerSentEvent | None:
        if not line:
            event, self._event = self._event, ServerSentEvent()
            return event if event.data or event.stray else None
        name, _, value = line.partition(":")
        # The specification forgives nothing here; what is dropped would be a piece of the reply.
        name, value = name.strip("\ufeff\0 \t").lower(), value.removeprefix(" ")
        if name == "data":
            while value.startswith("data:"):  # wrapped twice
                value = value.removeprefix("data:").lstrip()
            self._event.data.append(value)
        elif name == "event":
            self._event.name = value
        elif name and name not in {"id", "retry"}:
            self._event.stray.append(line)
        return None
