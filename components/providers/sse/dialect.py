"""What of a reply depends on the API that it comes by."""

import json
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar

from components.providers.sse.thoughts import ThinkTags
from components.streaming.connection import Wire
from components.streaming.text import SURROGATE

Json = dict[str, Any]
# `json.dumps` with separators makes an encoder each time.
ENCODE = json.JSONEncoder(separators=(",", ":")).encode
# The same counts by OpenAI's names, by newer ones, by other SDKs' and by llama.cpp's.
ASKED = ("prompt_tokens", "input_tokens", "promptTokens", "inputTokens")
WROTE = ("completion_tokens", "output_tokens", "completionTokens", "outputTokens", "predicted_n")
TOTAL = ("total_tokens", "totalTokens")
# Nobody counts so many tokens.
MOST = 10**12


class Dialect(ABC):
    """One reply: its events are taken as a server sends them, and handed on as the SDK and LangChain read
    them. What LangChain would add up, finish reasons and counts, is held back and handed on once, at the end.

    `finished`: the model has said why it ended. `done`: the server has said that nothing more comes.
    """

    # A whole reply has one of these, and so has an event, or its type begins with one of these.
    WHOLE: ClassVar[frozenset[str]]
    TYPES: ClassVar[tuple[str, ...]] = ()

    def __init__(self, wire: Wire, asked: Mapping[str, Any]) -> None:
        """`asked`: the request's body."""
        self._wire = wire
        self._asked = asked
        self._usage = Usage()
        self._tags = ThinkTags(asked)
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
        """Raises Failure: it tells of an error."""

    def note(self, event: Json) -> None:
        """What an event tells of the whole reply."""

    @abstractmethod
    def end(self) -> Iterator[Json]:
        """What was held back."""

    def events(self, body: Json) -> Iterator[Json]:
        """A whole reply as a stream would have brought it."""
        yield body

    def has_content(self, event: Json) -> bool:
        """Whether an event that is handed on has a piece of the reply in it."""
        return bool(event.get("delta"))

    def sent(self, event: Json) -> bytes:
        name = f"event: {event['type']}\n" if event.get("type") else ""
        return f"{name}data: {ENCODE(event)}\n\n".encode()

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


class Usage:
    """The greatest count of each kind: with every chunk servers send the sum so far, or parts of it."""

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}
        self.details: dict[str, dict[str, int]] = {}

    def take(self, given: object) -> None:
        if isinstance(given, dict):
            _greatest(self.counts, given)
            for name, of_it in given.items():
                if isinstance(of_it, dict):
                    _greatest(self.details.setdefault(name, {}), of_it)

    @property
    def told(self) -> dict[str, Any] | None:
        """In OpenAI's form; None where the server hasn't told what it wrote."""
        asked, wrote, total = map(self._count, (ASKED, WROTE, TOTAL))
        if wrote is None and asked is not None and total is not None:
            wrote = max(0, total - asked)
        if wrote is None:
            return None
        thought = max(of_it.get("reasoning_tokens", 0) for of_it in (self.counts, *self.details.values()))
        if thought > wrote:  # xAI counts the text alone
            wrote += thought
        asked = asked or 0
        told: dict[str, Any] = {"prompt_tokens": asked, "completion_tokens": wrote, **self.details}
        if thought:
            told["completion_tokens_details"] = {"reasoning_tokens": thought}
        return {**told, "total_tokens": max(asked + wrote, total or 0)}

    def _count(self, names: Iterable[str]) -> int | None:
        return next((self.counts[name] for name in names if name in self.counts), None)


def _greatest(counts: dict[str, int], given: Mapping[str, Any]) -> None:
    for name, told in given.items():
        try:
            count = float(told) if isinstance(told, str) else told
        except ValueError:
            continue
        if isinstance(count, int | float) and not isinstance(count, bool) and 0 <= count < MOST:
            counts[name] = max(counts.get(name, 0), int(count))
