"""Whatever LangChain puts into an event becomes plain JSON data without secrets, once."""

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
from typing import Any, Final

from components.streaming.json.portable import is_safe
from components.streaming.redact import STRUCK_OUT, forms_of, names_a_secret, strike

DEEPEST: Final = 60
# Characters of what an object says of itself, and of an exception's message.
LONGEST_REPR: Final = 300
LONGEST_MESSAGE: Final = 2000
# Texts whose struck form is remembered, and their characters: a model says words again, and its reply stands
# in six events.
REMEMBERED: Final = 4096
MOST_CHARACTERS: Final = 16_000_000

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
    Integers that a browser would round, and floats that are no number, are strings.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self.forms = forms_of(secrets)
        self._struck: dict[str, str] = {}
        self._characters = 0
        # Known when the first has come: no LangChain is imported for a run that can't even be opened.
        self._chunk_type: type | None = None
        # What a model says is of these types: `str`, and AIMessageChunk once one has been seen.
        self.texts: set[type] = {str}
        self._chunk_id: list[str] = []
        self._chunk_defaults: dict[str, Any] = {}

    def __call__(self, value: Any) -> Any:
        return self._plain(value, DEEPEST)

    def text(self, text: str) -> str:
        """Without secrets, and without halves of surrogate pairs, which no UTF-8 can hold."""
        struck = self._struck.get(text)
        if struck is None:
            whole = text if text.isascii() else text.encode("utf-8", "replace").decode()
            self._characters += len(text)
            if len(self._struck) >= REMEMBERED or self._characters > MOST_CHARACTERS:
                self._struck.clear()
                self._characters = len(text)
            struck = self._struck[text] = strike(whole, self.forms)
        return struck

    def _plain(self, value: Any, depth: int) -> Any:
        kind = type(value)
        if kind is str:
            return self.text(value)
        if value is None or kind is bool:
            return value
        if kind is int:
            return value if is_safe(value) else str(value)
        if kind is self._chunk_type:
            return self._chunk(value, depth)
        if not depth:
            return {"object": _name(value), "repr": "…"}
        if kind is dict:
            return self._dict(value, depth)
        if kind is list or kind is tuple:
            return self._list(value, depth)
        try:
            return self._other(value, depth)
        except Exception:  # noqa: BLE001  # a foreign class's own code: its run must not fail by being watched
            return {"object": _name(value), "repr": ""}

    def _dict(self, value: Mapping[Any, Any], depth: int) -> dict[str, Any]:
        members = self._members(value, depth)
        # What looks like LangChain's own form, but isn't: escaped as `dumpd` does, so that no one who loads
        # it makes an object of it.
        if "lc" in members or (len(members) == 1 and "__lc_escaped__" in members):
            return {"__lc_escaped__": members}
        return members

    def _members(self, value: Mapping[Any, Any], depth: int) -> dict[str, Any]:
        members: dict[str, Any] = {}
        for key, member in list(value.items()):  # a step in a thread may go on writing in it
            name = key if isinstance(key, str) else self._key(key)
            hidden = names_a_secret(name) and _is_something(member)
            members[self.text(name)] = STRUCK_OUT if hidden else self._plain(member, depth - 1)
        return members

    def _key(self, key: Any) -> str:
        if key is None or isinstance(key, bool):
            return {None: "null", True: "true", False: "false"}[key]
        if isinstance(key, bytes):
            return key.decode("utf-8", "replace")
        return str(key) if isinstance(key, int | float | uuid.UUID) else _say(repr, key)[:LONGEST_REPR]

    def _list(self, value: Iterable[Any], depth: int) -> list[Any]:
        items = list(value)
        # A header, as HTTP libraries list them.
        if len(items) == 2 and isinstance(items[0], str | bytes) and isinstance(items[1], str | bytes):
            name = items[0] if isinstance(items[0], str) else self._key(items[0])
            if names_a_secret(name):
                return [self.text(name), STRUCK_OUT]
        return [self._plain(item, depth - 1) for item in items]

    def _other(self, value: Any, depth: int) -> Any:
        if hasattr(type(value), "is_lc_serializable"):
            return self._langchain(value, depth)
        if isinstance(value, BaseException):
            return {"object": _name(value), "message": self.text(_say(str, value))[:LONGEST_MESSAGE]}
        if isinstance(value, enum.Enum):
            return self._plain(value.value, depth - 1)
        if isinstance(value, float):
            return float(value) if math.isfinite(value) else str(float(value))
        if isinstance(value, int):
            return self._plain(int(value), depth)
        if isinstance(value, _SAID_BY_STR):
            return self.text(str(value))
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
        said = _ADDRESS.sub("", _say(repr, value))
        # Struck out before it is cut: half a key would not be recognised.
        return {"object": _name(value), "repr": self.text(said)[:LONGEST_REPR]}

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
        self.texts.add(chunk_type)
        self._chunk_defaults = {
            name: None if field.is_required() else field.get_default(call_default_factory=True)
            for name, field in chunk_type.model_fields.items()
        }

    def _chunk(self, message: Any, depth: int) -> dict[str, Any]:
        """`dumpd` of an AIMessageChunk, at a tenth of its cost: they are most of what a run sends."""
        defaults = self._chunk_defaults
        kwargs: dict[str, Any] = {}
        for name, value in message.__dict__.items():
            if value or name == "content":
                kwargs[name] = value if name == "type" else self._plain(value, depth - 1)
            elif value is not None and value != defaults.get(name):
                kwargs[name] = self._plain(value, depth - 1)
        kwargs.setdefault("tool_calls", [])
        kwargs.setdefault("invalid_tool_calls", [])
        return {"lc": 1, "type": "constructor", "id": self._chunk_id, "kwargs": kwargs}


def _is_something(value: Any) -> bool:
    """Whether a field for a secret has one; whether it is asked for may be known."""
    return not (value is None or isinstance(value, bool) or (isinstance(value, str) and not value))


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


def _say(how: Any, value: Any) -> str:
    try:
        return str(how(value))
    except Exception:  # noqa: BLE001  # a foreign class's own code
        return ""


def _name(value: Any) -> str:
    kind = type(value)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
