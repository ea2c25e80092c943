"""What of a reply depends on the API that it comes by."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from components.providers.sse.usage import Usage
from components.streaming.connection import Wire
from components.streaming.text import SURROGATE

Json = dict[str, Any]


class Dialect(ABC):
    """One reply: its events are taken as a server sends them, and handed on as the SDK and LangChain read
    them. What LangChain would add up, finish reasons and counts, is held back and handed on once, at the end.

    `finished`: the model has said why it ended. `done`: the server has said that nothing more comes.
    """

    # A whole reply has one of these, and so has an event, or its type begins with one of these; what stands
    # behind the last event of a stream.
    WHOLE: ClassVar[frozenset[str]]
    TYPES: ClassVar[tuple[str, ...]] = ()
    END: ClassVar[bytes] = b""

    def __init__(self, wire: Wire, asked: Mapping[str, Any]) -> None:
        """`asked`: the request's body."""
        self._wire = wire
        self._asked = asked
        self._usage = Usage()
        # The first half of a character that is sent in two.
        self._half = ""
        self._index = ""
        self.finished = False
        self.done = False

    @property
    def complete(self) -> bool:
        """Nothing is worth waiting for once the server is done."""
        return True

    def knows(self, event: Json) -> bool:
        """Whether an event is one of this API's."""
        return bool(event.keys() & self.WHOLE) or str(event.get("type")).startswith(self.TYPES)

    @abstractmethod
    def take(self, event: Json) -> Iterator[Json]:
        """
        Raises:
            Failure: it tells of an error.
        """

    def note(self, event: Json) -> None:
        """What an event tells of the whole reply."""

    @abstractmethod
    def end(self) -> Iterator[Json]:
        """What was held back."""

    @abstractmethod
    def whole(self, events: Sequence[Json], body: Json | None) -> Json:
        """A whole reply: of the events that were handed on, or `body`, which they were made of."""

    def events(self, body: Json) -> Iterator[Json]:
        """A whole reply as a stream would have brought it."""
        yield body

    @abstractmethod
    def has_content(self, event: Json) -> bool:
        """Whether an event that is handed on has a piece of the reply in it."""

    def sent(self, event: Json) -> bytes:
        kind = event.get("type")
        return (f"event: {kind}\n" if kind else "").encode() + b"data: " + dumped(event) + b"\n\n"

    def _is_read(self, index: object) -> bool:
        """Of several replies to one question the one that comes first is read."""
        place = str(index).removesuffix(".0")
        self._index = self._index or (place if index is not None else "")
        return index is None or place == self._index

    def _characters(self, text: str) -> str:
        """The text with halves of characters put together: a lone one can be sent to nobody."""
        if not self._half and not SURROGATE.search(text):
            return text
        text, self._half = self._half + text, ""
        if text and "\ud800" <= text[-1] <= "\udbff":
            text, self._half = text[:-1], text[-1]
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def dumped(data: object) -> bytes:
    return json.dumps(data, separators=(",", ":")).encode()
