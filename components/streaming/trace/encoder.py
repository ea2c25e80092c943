"""Records as they are kept and written: plain JSON data, made in bounded time, and no secrets in it."""

import dataclasses
import datetime
import decimal
import enum
import json
import math
import pathlib
import re
import uuid
from collections.abc import Iterable, Mapping, Sequence, Set
from contextlib import suppress
from functools import cache
from itertools import islice
from operator import is_
from typing import Any, Final

from components.streaming.records import LONGEST_NAME, MOST_NAMES, Chunk, Event, Phase, Record
from components.streaming.text import forms_of, is_safe, redact, sendable, strike
from components.streaming.trace.secrets import KnownSecrets

# Bytes of a line.
LONGEST_LINE: Final = 8_000_000
TOO_LONG: Final = "too long to keep"
# Levels, and values of one call: a value that holds another twice, and so on, would have no end.
DEEPEST: Final = 60
MOST_VALUES: Final = 200_000
# Characters of what an object says of itself, of an exception's message, and of a name among the fields.
LONGEST_REPR: Final = 300
LONGEST_MESSAGE: Final = 2000

_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")
# Of a chunk, whether there is anything in them or not.
_ALWAYS: Final = frozenset({"content", "tool_calls", "invalid_tool_calls"})


class Encoder:
    """Of one attempt. `secrets`: what is struck out."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self.secrets = tuple(dict.fromkeys(secrets))
        # The name, tags and metadata of a run, the same objects in all its events, and what is made of them.
        self._runs: dict[str, tuple[tuple[Any, ...], tuple[Any, ...]]] = {}
        self._plain = Plain(self.secrets)
        self._known = KnownSecrets(self.secrets)

    def safe(self, value: Any) -> Any:
        """Its JSON data without secrets."""
        return self._known.data(self._plain(value))

    def strike(self, record: Record) -> None:
        """Make of it, in place, what may be kept."""
        match record:
            case Event():
                self._event(record)
            case Chunk() if record.text or record.name:
                text = record.text if record.text.isascii() else sendable(record.text)
                record.text = self._known.piece(text, record.kind, record.call, record.heard)
                record.name = record.name and self._known.data(record.name)
            case Phase() if record.fault or record.ending:
                record.fault, record.ending = self._known.data((record.fault, record.ending))

    def _event(self, event: Event) -> None:
        run_id, of = event.run_id, (event.name, event.tags, event.metadata)
        before, plain = self._runs.get(run_id, ((), ()))
        if not (before and all(map(is_, before, of))):
            tags = [str(tag)[:LONGEST_NAME] for tag in self._plain(event.tags[:MOST_NAMES])]
            plain = str(self._plain(event.name))[:LONGEST_NAME], tags, self._plain(event.metadata)
            self._runs[run_id] = of, plain
        event.name, event.tags, event.metadata = plain
        if event.event.endswith(("_end", "_error")):
            del self._runs[run_id]
        given = event.data
        if type(given) is dict and len(given) == 1 and "chunk" in given:  # most events
            event.data = {"chunk": self._plain(given["chunk"])}
        else:
            event.data = self._plain(given)
        line = self._known.event(event)
        for name in ("data", "metadata"):
            if len(line) > LONGEST_LINE:
                setattr(event, name, {"object": TOO_LONG, "length": len(line)})
                line = self._known.event(event)
        event.written(line)


class Plain:
    """Called with a value, gives its JSON data. LangChain's own objects come out as `dumpd` has them.

    What JSON has no form for: an object with fields as `{"object": "module.Class", "fields": {...}}`, any
    other as `{"object", "repr"}`, an exception as `{"object", "message"}`, bytes as `{"object", "length"}`.
    Integers that a browser would round, and floats that are no number, are strings. `secrets` are struck out
    of what is cut here, which would leave half of one; looks of a key count in an exception's words only.

    orjson's `default` would not do: a step in a thread may go on writing in what an event holds, which
    crashes orjson, and it sets no bound.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._forms = forms_of(secrets)
        self._left = 0
        # The values round the one that is being read, by id.
        self._around: set[int] = set()

    def __call__(self, value: Any) -> Any:
        self._left = MOST_VALUES
        return self._plain(value, DEEPEST)

    def _plain(self, value: Any, depth: int) -> Any:
        kind = type(value)
        if kind is str:
            return value if value.isascii() else sendable(value)
        if value is None or kind is bool or (kind is int and is_safe(value)):
            return value
        if kind is float and math.isfinite(value):
            return value
        if (kind is list or kind is dict) and not value:
            return kind()
        if not depth or self._left <= 0 or id(value) in self._around:
            return {"object": _name(kind), "repr": "…"}
        self._around.add(id(value))
        try:
            return self._form(value, depth - 1)
        except Exception:  # noqa: BLE001  # a foreign class's own code: its run must not fail by being watched
            return {"object": _name(kind), "repr": ""}
        finally:
            self._around.discard(id(value))

    def _form(self, value: Any, depth: int) -> Any:
        if hasattr(type(value), "is_lc_serializable") and (form := _langchain(value)):
            return {**form, "kwargs": self._members(form["kwargs"], depth)}
        match value:
            case dict() | Mapping():
                members = self._members(value, depth)
                # What looks like LangChain's own form, but isn't: escaped as `dumpd` does, so that no one who
                # loads it makes an object of it.
                escaped = "lc" in members or ("__lc_escaped__" in members and len(members) == 1)
                return {"__lc_escaped__": members} if escaped else members
            case enum.Enum():
                return self._plain(value.value, depth)
            case int():
                return int(value) if is_safe(value) else str(int(value))
            case float():
                return float(value) if math.isfinite(value) else str(float(value))
            case str() | uuid.UUID() | pathlib.PurePath() | decimal.Decimal():
                return sendable(str(value))
            case datetime.date() | datetime.time() | datetime.timedelta():
                return str(value)
            case bytes() | bytearray() | memoryview():
                return {"object": "bytes", "length": len(value)}
            case list() | Sequence() | Set():
                return [self._plain(item, depth) for item in self._some(value)]
            case BaseException():
                # All of it first: half a key would not be recognised.
                said = redact(strike(sendable(str(value)), self._forms))
                return {"object": _name(type(value)), "message": said[:LONGEST_MESSAGE]}
        return self._object(value, depth)

    def _members(self, value: Mapping[Any, Any], depth: int) -> dict[str, Any]:
        # Most are texts, and most texts are short work.
        return {
            (key if type(key) is str and key.isascii() else self._key(key)): (
                member if type(member) is str and member.isascii() else self._plain(member, depth)
            )
            for key, member in self._some(value.items())
        }

    def _some(self, items: Iterable[Any]) -> list[Any]:
        """As many as are left, at once: a step in a thread may go on writing in what holds them."""
        some = list(islice(items, max(0, self._left)))
        self._left -= len(some)
        return some

    def _key(self, key: Any) -> str:
        if isinstance(key, str | uuid.UUID):
            return sendable(str(key))
        return self._said(json.dumps if key is None or isinstance(key, int | float) else repr, key)

    def _said(self, how: Any, value: Any) -> str:
        with suppress(Exception):  # a foreign class's own code
            return strike(sendable(_ADDRESS.sub("", how(value))), self._forms)[:LONGEST_REPR]
        return ""

    def _object(self, value: Any, depth: int) -> dict[str, Any]:
        kind: Any = type(value)
        if dataclasses.is_dataclass(kind):
            names = [field.name for field in dataclasses.fields(kind) if field.repr]
        elif hasattr(kind, "model_fields"):  # a pydantic model, and what it was given besides
            names = [name for name, field in kind.model_fields.items() if field.repr]
            names += value.model_extra or ()
        else:  # as LangGraph's `Send`
            slots = getattr(kind, "__slots__", ())
            names = [name for name in slots if name[0] != "_"] if isinstance(slots, tuple) else []
            if not names:
                return {"object": _name(kind), "repr": self._said(repr, value)}
        shown = {name: getattr(value, name, None) for name in names}
        return {"object": _name(kind), "fields": self._members(shown, depth)}


def _langchain(value: Any) -> dict[str, Any] | None:
    """An object of LangChain's with a form of its own, and its values as they are."""
    kind: Any = type(value)
    if kind.__name__ == "AIMessageChunk" and kind.__module__ == "langchain_core.messages.ai":
        # Most of what a run sends: at a tenth of what `to_json` costs.
        said = {name: own for name, own in vars(value).items() if own or name in _ALWAYS or own == ""}
        return {"lc": 1, "type": "constructor", "id": _lc_id(kind), "kwargs": said}
    with suppress(Exception):  # a foreign class's own code
        form: dict[str, Any] = value.to_json()
        return form if form["type"] == "constructor" else None
    return None


@cache
def _lc_id(kind: Any) -> list[str]:
    return list(kind.lc_id())


def _name(kind: type) -> str:
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
