"""Whatever LangChain puts into an event becomes plain JSON data, once and in bounded time."""

from __future__ import annotations

import dataclasses
import datetime
import decimal
import enum
import math
import pathlib
import re
import uuid
from collections.abc import Iterable, Mapping, Sequence, Set
from itertools import islice
from typing import Any, Final

from components.streaming.json.portable import is_safe
from components.streaming.redact import forms_of, redact, strike
from components.streaming.text import sendable

# Levels, and values of one call: a value that holds another twice, and so on, would have no end.
DEEPEST: Final = 60
MOST_VALUES: Final = 200_000
# Characters of what an object says of itself, of an exception's message, and of a name among the fields.
LONGEST_REPR: Final = 300
LONGEST_MESSAGE: Final = 2000

_SAID_BY_STR = (
    str,
    datetime.date,
    datetime.time,
    datetime.timedelta,
    uuid.UUID,
    pathlib.PurePath,
    decimal.Decimal,
)
_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")


class Plain:
    """Called with a value, gives its JSON data. LangChain's own objects come out as `dumpd` has them.

    What JSON has no form for: an object with fields as `{"object": "module.Class", "fields": {...}}`, any
    other as `{"object", "repr"}`, an exception as `{"object", "message"}`, bytes as `{"object", "length"}`.
    Integers that a browser would round, and floats that are no number, are strings. `secrets` are struck out
    of what is cut here, which would leave half of one; looks of a key count in an exception's words only.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._forms = forms_of(secrets)
        self._left = 0
        # The containers round the one that is being read, by id.
        self._around: set[int] = set()
        # Known when the first has come: no LangChain is imported for a run that can't even be opened.
        self._chunk_type: type | None = None
        self._chunk_id: list[str] = []
        self._chunk_defaults: dict[str, Any] = {}

    def __call__(self, value: Any) -> Any:
        self._left = MOST_VALUES
        self._around.clear()
        return self._plain(value, DEEPEST)

    def _plain(self, value: Any, depth: int) -> Any:
        kind = type(value)
        if kind is str:
            return value if value.isascii() else sendable(value)
        if value is None or kind is bool:
            return value
        if kind is int:
            return value if is_safe(value) else _digits(value)
        if (kind is list or kind is dict) and not value:
            return kind()
        if not depth or self._left <= 0 or id(value) in self._around:
            return {"object": _name(value), "repr": "…"}
        self._around.add(id(value))
        try:
            if kind is dict:
                return self._dict(value, depth)
            if kind is list or kind is tuple:
                return self._list(value, depth)
            if kind is self._chunk_type:
                return self._chunk(value, depth)
            return self._other(value, depth)
        except Exception:  # noqa: BLE001  # a foreign class's own code: its run must not fail by being watched
            return {"object": _name(value), "repr": ""}
        finally:
            self._around.discard(id(value))

    def _dict(self, value: Mapping[Any, Any], depth: int) -> dict[str, Any]:
        members = self._members(value, depth)
        # What looks like LangChain's own form, but isn't: escaped as `dumpd` does, so that no one who loads
        # it makes an object of it.
        if "lc" in members or (len(members) == 1 and "__lc_escaped__" in members):
            return {"__lc_escaped__": members}
        return members

    def _members(self, value: Mapping[Any, Any], depth: int) -> dict[str, Any]:
        members = {}
        for key, member in self._some(value.items()):
            name = key if type(key) is str and key.isascii() else self._key(key)
            # Most are texts, and most texts are short work.
            short = type(member) is str and member.isascii()
            members[name] = member if short else self._plain(member, depth - 1)
        return members

    def _some(self, items: Iterable[Any]) -> list[Any]:
        """As many as are left, at once: a step in a thread may go on writing in what holds them."""
        some = list(islice(items, max(0, self._left)))
        self._left -= len(some)
        return some

    def _key(self, key: Any) -> str:
        if key is None or isinstance(key, bool):
            return {None: "null", True: "true", False: "false"}[key]
        if isinstance(key, bytes):
            return key.decode("utf-8", "replace")
        if isinstance(key, int):
            return _digits(key)
        return sendable(str(key)) if isinstance(key, str | float | uuid.UUID) else self._cut(_say(repr, key))

    def _list(self, value: Iterable[Any], depth: int) -> list[Any]:
        return [self._plain(item, depth - 1) for item in self._some(value)]

    def _other(self, value: Any, depth: int) -> Any:
        if hasattr(type(value), "is_lc_serializable"):
            return self._langchain(value, depth)
        if isinstance(value, BaseException):
            # All of it first: half a key would not be recognised.
            said = redact(strike(sendable(_say(str, value)), self._forms))
            return {"object": _name(value), "message": said[:LONGEST_MESSAGE]}
        if isinstance(value, enum.Enum):
            return self._plain(value.value, depth - 1)
        if isinstance(value, float):
            return float(value) if math.isfinite(value) else str(float(value))
        if isinstance(value, int):
            return self._plain(int(value), depth)
        if isinstance(value, _SAID_BY_STR):
            return sendable(str(value))
        if isinstance(value, bytes | bytearray | memoryview):
            return {"object": "bytes", "length": len(value)}
        if isinstance(value, Mapping):
            return self._dict(value, depth)
        if isinstance(value, Sequence | Set):
            return self._list(value, depth)
        return self._object(value, depth)

    def _object(self, value: Any, depth: int) -> dict[str, Any]:
        fields = _fields(value)
        if fields is not None:
            return {"object": _name(value), "fields": self._members(fields, depth)}
        return {"object": _name(value), "repr": self._cut(_ADDRESS.sub("", _say(repr, value)))}

    def _cut(self, said: str) -> str:
        return strike(sendable(said), self._forms)[:LONGEST_REPR]

    def _langchain(self, value: Any, depth: int) -> Any:
        if (
            type(value).__name__ == "AIMessageChunk"
            and type(value).__module__ == "langchain_core.messages.ai"
        ):
            self._meet(type(value))
            return self._chunk(value, depth)
        try:
            form = value.to_json()
        except Exception:  # noqa: BLE001  # a foreign class's own code
            return self._object(value, depth)
        if form["type"] != "constructor":
            return self._object(value, depth)
        return {**form, "kwargs": self._members(form["kwargs"], depth)}

    def _meet(self, chunk_type: Any) -> None:
        self._chunk_type, self._chunk_id = chunk_type, chunk_type.lc_id()
        self._chunk_defaults = {
            name: None if field.is_required() else field.get_default(call_default_factory=True)
            for name, field in chunk_type.model_fields.items()
        }

    def _chunk(self, message: Any, depth: int) -> dict[str, Any]:
        """`dumpd` of an AIMessageChunk, at a tenth of its cost: they are most of what a run sends."""
        defaults = self._chunk_defaults
        kwargs: dict[str, Any] = {}
        for name, value in message.__dict__.items():
            if value or name == "content" or (value is not None and value != defaults.get(name)):
                kwargs[name] = self._plain(value, depth - 1)
        kwargs.setdefault("tool_calls", [])
        kwargs.setdefault("invalid_tool_calls", [])
        return {"lc": 1, "type": "constructor", "id": self._chunk_id, "kwargs": kwargs}


def _fields(value: Any) -> Mapping[str, Any] | None:
    """Of a pydantic model or a dataclass, but for those it keeps out of its own `repr`."""
    shown = getattr(type(value), "model_fields", None)
    if isinstance(shown, Mapping):
        return {name: getattr(value, name, None) for name, field in shown.items() if field.repr}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {
            field.name: getattr(value, field.name, None) for field in dataclasses.fields(value) if field.repr
        }
    return None


def _digits(number: int) -> str:
    """Python refuses to write more than some 4,300 of them."""
    return str(number) if number.bit_length() < 10_000 else f"{number:#x}"[:LONGEST_REPR]


def _say(how: Any, value: Any) -> str:
    try:
        return str(how(value))
    except Exception:  # noqa: BLE001  # a foreign class's own code
        return ""


def _name(value: Any) -> str:
    kind = type(value)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
