"""The value as it is built, and the table beside it. Nothing here recurses."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from jsonpointer import escape

from components.streaming.json.cursor import Cursor
from components.streaming.json.fields import LONGEST_POINTER, JsonField, Kind, Table
from components.streaming.json.flaws import DEPTH
from components.streaming.json.rules import Node, Rules, pointer_of

# No value is there yet, which isn't the same as null.
NOTHING: Final = object()


@dataclass(slots=True)
class Level:
    """An open container, which its `bracket` begins. `key` is where the value stands that is being read, None
    between two values.

    `pointer`: None when no value in it will be listed. `node`: what the schema says of it.
    """

    bracket: str
    container: Any
    pointer: str | None
    row: JsonField | None
    node: Node
    key: str | int | None = None


class Document:
    """Told of each value as it begins, grows and ends."""

    def __init__(self, rules: Rules, table: Table, cursor: Cursor) -> None:
        self._cursor = cursor
        self._rules = rules
        self._table = table
        self._levels: list[Level] = []
        self.root: Any = NOTHING  # what is open in it is not all there
        self._row: JsonField | None = None
        self._parts: list[str] | None = None  # of the string that is growing
        self.revision = 0  # goes up whenever the value changes

    def brackets(self) -> list[str]:
        """Those that are open, the innermost last."""
        return [level.bracket for level in self._levels]

    @property
    def within(self) -> str:
        """The bracket of the innermost open container, "" where none is open."""
        return self._levels[-1].bracket if self._levels else ""

    def key(self, key: str) -> bool:
        """The value of this key comes next; False when the object has the key already."""
        level = self._levels[-1]
        level.key = key
        return key not in level.container

    def begin(self, kind: Kind) -> None:
        """The first character of a value has been read."""
        self._row = self._table.see(self._place(), kind, self._cursor.now)
        if kind == "string":
            self._parts = []
            self.revision += 1
            self._put("")

    def extend(self, text: str) -> None:
        if self._parts is not None:
            self._parts.append(text)
            self.revision += 1

    def end(self, value: Any, written: str | None = None) -> None:
        """A scalar is whole. `written`: how it stands in the reply."""
        if self._parts is None:
            self.revision += 1
        self._parts = None
        self._put(value)
        text = value if written is None else written
        self._complete(self._row, text, len(text))

    def open(self, bracket: str) -> bool:
        """A container begins; False when it would be nested too deep."""
        if len(self._levels) == DEPTH:
            return False
        container: Any = {} if bracket == "{" else []
        pointer, node = self._place(), self._node()
        row = self._table.see(pointer, "object" if bracket == "{" else "array", self._cursor.now)
        self.revision += 1
        self._put(container)
        self._levels.append(Level(bracket, container, pointer, row, node))
        if node and pointer is not None and bracket == "{":
            self.require(node, pointer)
        return True

    def require(self, node: Node, pointer: str) -> None:
        """List what must stand in the object at `pointer`; a schema that refers to itself has no end."""
        for required in islice(self._rules.required(node, pointer), self._table.room):
            self._table.require(required)

    def close(self) -> None:
        level = self._levels.pop()
        self._complete(level.row, "", len(level.container))

    def pointer(self) -> str:
        """Inside which value reading stands."""
        return pointer_of(level.key for level in self._levels if level.key is not None)

    def value(self) -> Any:
        """The value so far, or NOTHING. What is still open is copied, so no later growth shows in it."""
        value = self.root if not self._levels else NOTHING
        if self._parts is not None:
            value = self.string()
        for level in reversed(self._levels):
            copy = level.container.copy()
            if value is not NOTHING and level.key is not None:
                copy[level.key] = value
            self._table.grow(level.row, "", len(copy))
            value = copy
        return value

    def string(self) -> str:
        """What there is of the string that grows."""
        text = "".join(self._parts or ())
        self._parts = [text]
        self._table.grow(self._row, text, len(text))
        return text

    def _complete(self, row: JsonField | None, text: str, size: int) -> None:
        self._table.grow(row, text, size, self._cursor.now)
        self._row = None
        if self._levels:
            self._levels[-1].key = None

    def _place(self) -> str | None:
        """The pointer of the value that begins, None where it won't be listed."""
        if not self._levels:
            return ""
        level = self._levels[-1]
        if level.bracket == "[" and level.key is None:
            level.key = len(level.container)
        if level.pointer is None or not self._table.listing():
            return None
        pointer = f"{level.pointer}/{escape(str(level.key))}"
        return pointer if len(pointer) <= LONGEST_POINTER else None

    def _node(self) -> Node:
        """What the schema says of the container that begins."""
        if not self._levels:
            return self._rules.root
        above = self._levels[-1]
        return self._rules.child(above.node, above.key) if above.key is not None else ()

    def _put(self, value: Any) -> None:
        """Where it belongs, in place of what there was of it."""
        if not self._levels:
            self.root = value
            return
        level = self._levels[-1]
        if level.bracket == "[" and level.key == len(level.container):
            level.container.append(value)
        else:
            level.container[level.key] = value
