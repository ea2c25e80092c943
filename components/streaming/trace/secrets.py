"""Secrets that go on from chunk to chunk of a run, struck out of what is kept of it."""

import re
from collections.abc import Iterable
from dataclasses import fields, is_dataclass, replace
from typing import Any, Final

import orjson

from components.streaming.records import Event, line_of
from components.streaming.text import STRUCK_OUT, forms_of, sendable, strike

# So many characters of a key in a row are taken for the key. What stood before them is out already.
ENOUGH: Final = 8
# Of a message: not the model's words.
_NOT_SAID: Final = frozenset({"id", "type", "name", "usage_metadata", "chunk_position"})


class KnownSecrets:
    """At most 7 characters are left of one that goes on from chunk to chunk of a run."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._forms = tuple(map(sendable, forms_of(secrets)))
        self._encoded = tuple(orjson.dumps(form)[1:-1] for form in self._forms)
        self._needles = tuple(dict.fromkeys(map(_recognisable, self._forms)))
        self._first = re.compile("|".join(dict.fromkeys(map(_opening, self._needles))) or "(?!)")
        # By a run, and the keys and indices on the way to a text in its chunk: how that text ends, as far as
        # a secret could begin so.
        self._begun: dict[tuple[str | int, ...], str] = {}

    def event(self, event: Event) -> bytes:
        """Strike them out of an event of JSON data, in place; its line."""
        phase = event.event.rpartition("_")[2]
        if phase in {"end", "error"}:
            self._begun = {place: end for place, end in self._begun.items() if place[0] != event.run_id}
        elif phase == "stream" and self._needles:
            self._pieces(event.run_id, event.data)
        line = line_of(event)
        if any(map(line.__contains__, self._encoded)):
            for one in fields(event):
                setattr(event, one.name, self.data(getattr(event, one.name)))
            line = line_of(event)
        return line

    def data(self, value: Any) -> Any:
        """The same JSON data, or dataclass of it, without whole secrets."""
        match value:
            case str():
                return strike(sendable(value), self._forms)
            case dict():
                return {self.data(key): self.data(member) for key, member in value.items()}
            case list() | tuple():
                return type(value)(map(self.data, value))
        if not is_dataclass(value) or isinstance(value, type):
            return value
        told = {one.name: self.data(getattr(value, one.name)) for one in fields(value)}
        return replace(value, **told)

    def _pieces(self, run_id: str, data: Any) -> None:
        """Strike what goes on from the chunks before out of this one."""
        chunk = data.get("chunk") if isinstance(data, dict) else None
        if isinstance(chunk, dict) and isinstance(said := chunk.get("kwargs"), dict):
            for name, member in said.items():
                if member and name not in _NOT_SAID:
                    said[name] = self._walk(member, run_id, name)
        elif chunk:
            data["chunk"] = self._walk(chunk, run_id)

    def _walk(self, value: Any, *place: str | int) -> Any:
        if isinstance(value, str):
            return self.piece(value, *place)
        if isinstance(value, dict | list):
            for key, member in value.items() if isinstance(value, dict) else enumerate(value):
                value[key] = self._walk(member, *place, key)
        return value

    def piece(self, text: str, *place: str | int) -> str:
        """A piece of what is said at one place after the other."""
        before = self._begun.get(place, "")
        if not text or (not before and self._first.search(text) is None):
            return text
        joined = before + strike(text, self._forms)
        begun, spans = "", []
        for needle in self._needles:
            spans += [found.span() for found in re.finditer(re.escape(needle), joined)]
            # Where the longest end of it stands with which a needle begins.
            ends = range(max(0, len(joined) - len(needle) + 1), len(joined))
            start = next((at for at in ends if needle.startswith(joined[at:])), len(joined))
            begun = max(begun, joined[start:], key=len)
            if len(joined) - start >= ENOUGH:
                spans.append((start, len(joined)))
        if begun:
            self._begun[place] = begun
        else:
            self._begun.pop(place, None)
        return _without(joined, len(before), spans)


def _opening(needle: str) -> str:
    """A pattern for where `needle` may begin: its first character alone stands in every other word."""
    first, second = re.escape(needle[0]), re.escape(needle[1:2])
    return rf"{first}(?:{second}|\Z)"


def _without(joined: str, seen: int, spans: list[tuple[int, int]]) -> str:
    """What of `joined` comes after its first `seen` characters, which are out already, without the spans."""
    kept, end = [], seen
    for start, stop in sorted(spans):
        if stop <= end:
            continue
        kept.append(joined[end : max(start, end)])
        # One mark for one secret: it stands where enough of it had come.
        if seen - start < ENOUGH:
            kept.append(STRUCK_OUT)
        end = stop
    return "".join([*kept, joined[end:]])


def _recognisable(form: str) -> str:
    """Without the first line of a PEM block, which isn't secret and whose dashes begin many a line."""
    if not form.startswith("-----BEGIN"):
        return form
    return re.split(r"\n|\\n", form, maxsplit=1)[-1] or form
