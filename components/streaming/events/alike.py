"""Chunks that differ in nothing but their time and text: most of what a run sends."""

from __future__ import annotations

from typing import Any, Final

import orjson

from components.streaming.events.plain import Plain
from components.streaming.events.row import Row
from components.streaming.events.said import line
from components.streaming.events.shared import LONGEST_LINE, Shared
from components.streaming.events.split import SplitSecrets

# Texts that are remembered, and characters of one. Longer ones are worth being looked at one by one.
REMEMBERED: Final = 4096
LONGEST: Final = 1000
# Stands where the text will; in nothing that a model says.
_HERE: Final = "\x00 the text \x00"
_MORE: Final = object()


class Words:
    """Texts that hold no secret, and no beginning of one: their JSON, and their line in a list."""

    def __init__(self, plain: Plain, split: SplitSecrets) -> None:
        self._plain = plain
        self._split = split
        self._known: dict[str, tuple[bytes, str]] = {}

    def get(self, text: str) -> tuple[bytes, str] | None:
        """None for what has to be looked at together with what came before it, and for no text."""
        known = self._known.get(text)
        if known is None and text and len(text) <= LONGEST and self._plain.text(text) == text:
            if self._split.may_begin(text):
                return None
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            # A copy: what orjson gives keeps all the room it was written in, two kilobytes for a word.
            known = self._known[text] = b"%b" % orjson.dumps(text), line(text)
        return known


class Alike:
    """What the chunks of one run share: all of their line and their row but number, time and text.

    Made of a chunk that went the long way, plain and without secrets.
    """

    __slots__ = ("_chunk_type", "_event", "_head", "_others", "_row", "_tail", "outermost", "run")

    def __init__(
        self, shared: Shared, row: Row, chunk_type: type, others: dict[str, Any], around: tuple[bytes, bytes]
    ) -> None:
        self.run = row["run"]
        self.outermost = not row["parent"]
        self._event = shared.fields["event"]
        self._row = row.copy()
        self._chunk_type = chunk_type
        self._others = others
        self._head = b"," + shared.json + b',"data":{"chunk":' + around[0]
        self._tail = around[1] + b"}}\n"

    @classmethod
    def of(cls, shared: Shared, row: Row, chunk: Any, plain: Any) -> Alike | None:
        """`plain`: the chunk's JSON data. None where the chunk has more than texts: no other is as it."""
        if type(chunk) is str:
            return cls(shared, row, str, {}, (b"", b""))
        others = _texts(chunk)
        around = others and _around_text(plain)
        if not others or not around or sum(map(len, around)) + len(shared.json) > LONGEST_LINE - 10 * LONGEST:
            return None
        return cls(shared, row, type(chunk), others, around)

    def text_of(self, event: Any) -> str | None:
        """The text of a chunk that has nothing else of its own; None for any other event."""
        data: dict[str, Any] = event["data"]
        if event["event"] != self._event or len(data) != 1:
            return None
        chunk = data.get("chunk")
        if type(chunk) is not self._chunk_type:
            return None
        if isinstance(chunk, str):
            return chunk
        others = chunk.__dict__.copy()
        text = others.pop("content", None)
        return text if isinstance(text, str) and others == self._others else None

    def line(self, number: int, at: float, said: bytes) -> bytes:
        """As it stands in a run file; `said`: its text as JSON."""
        return b'{"n":%d,"at":%b%b%b%b' % (number, orjson.dumps(at), self._head, said, self._tail)

    def row(self, number: int, at: float, preview: str) -> Row:
        row = self._row.copy()
        row["n"], row["at"], row["preview"] = number, at, preview
        return row


def _texts(message: Any) -> dict[str, Any] | None:
    """A copy of a message's fields, but for its content, that nobody can change.

    None where one is no text and nothing of texts, nor empty: 1 equals True, and they aren't the same JSON.
    """
    others = {name: _still(value) for name, value in message.__dict__.items() if name != "content"}
    return None if _MORE in others.values() else others


def _still(value: Any) -> Any:
    if value is None or type(value) is str:
        return value
    if type(value) is list and not value:
        return []
    if type(value) is dict and all(type(part) is str for pair in value.items() for part in pair):
        return value.copy()
    return _MORE


def _around_text(plain: dict[str, Any]) -> tuple[bytes, bytes] | None:
    """The JSON before and after the text of a message; None where the message quotes what stands for it."""
    here = orjson.dumps({**plain, "kwargs": {**plain["kwargs"], "content": _HERE}})
    before, _, after = here.partition(orjson.dumps(_HERE))
    return None if orjson.dumps(_HERE) in after else (before, after)
