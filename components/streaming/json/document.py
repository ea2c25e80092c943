"""A document as it comes, each character read once: JSON's grammar (RFC 8259), the value as it is built, and
the table beside it. Nothing here recurses.
"""

import re
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from jsonpointer import escape

from components.streaming.json.cursor import Cursor, Reading
from components.streaming.json.fields import LONGEST_POINTER, JsonField, Table
from components.streaming.json.flaws import DEPTH, HARMLESS, QUOTED, Flaw, Reason, Unreadable, visible
from components.streaming.json.rules import Node, Rules, pointer_of
from components.streaming.json.tokens import KINDS, LETTERS, SWALLOWED, read_scalar, read_string, stray

# No value is there yet, which isn't the same as null.
NOTHING: Final = object()
WHITE: Final = re.compile(r"[ \t\n\r]*")
CLOSING: Final = {"[": "]", "{": "}"}
# Notes on what is odd but readable; more of them are counted, not kept.
NOTES: Final = 20


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
    """Reads one document from the cursor's place on. `done`: it is whole; `flaw`: it can't be read on.

    `root`: its value; what is open in it is not all there. `levels`: the containers that are open, the
    innermost last. `revision` goes up whenever the value changes. `harm`: the first thing that JSON forbids,
    though it can be read.
    """

    def __init__(self, cursor: Cursor, rules: Rules, rows: int) -> None:
        """`rows`: of the table."""
        self.table = Table(rows)
        self.root: Any = NOTHING
        self.levels: list[Level] = []
        self.revision = 0
        self.done = False
        self.flaw: Flaw | None = None
        self.harm: Flaw | None = None
        self.notes: list[Flaw] = []
        self.noted = 0
        self._cursor = cursor
        self._rules = rules
        # Of the scalar that is being read; the parts of the string that is.
        self._row: JsonField | None = None
        self._parts: list[str] | None = None

    def require(self, node: Node, pointer: str) -> None:
        """List what must stand in the object at `pointer`; a schema that refers to itself has no end."""
        for required in islice(self._rules.required(node, pointer), self.table.room):
            self.table.require(required)

    def pointer(self) -> str:
        """Inside which value reading stands."""
        return pointer_of(level.key for level in self.levels if level.key is not None)

    def value(self) -> Any:
        """The value so far, or NOTHING. What is still open is copied, so no later growth shows in it."""
        value = self.root if not self.levels else NOTHING
        if self._parts is not None:
            value = self._text()
        for level in reversed(self.levels):
            copy = level.container.copy()
            if value is not NOTHING and level.key is not None:
                copy[level.key] = value
            self.table.grow(level.row, "", len(copy))
            value = copy
        return value

    def read(self) -> Reading[None]:
        """Read to the document's end. Raises Unreadable: it can't be read on."""
        cursor = self._cursor
        # Whether a value may come next, and the comma before it.
        expected, comma = (yield from self._value()), None
        while self.levels:
            level, char = self.levels[-1], (yield from cursor.peek(WHITE))
            if char == CLOSING[level.bracket]:
                if comma is not None:
                    self._note("trailing_comma", comma, ",")
                self.levels.pop()
                self._complete(level.row, "", len(level.container))
                cursor.at += 1
                expected, comma = False, None
            elif expected:
                if level.bracket == "{":
                    yield from self._key(level, char)
                expected, comma = (yield from self._value()), None
            elif char == ",":
                expected, comma = True, cursor.offset(cursor.at)
                cursor.at += 1
            else:
                wrong = "comment" if char == "/" else "mismatched" if char in "]}" else "expected_comma"
                raise Unreadable(wrong, char)

    def _value(self) -> Reading[bool]:
        """A scalar, or the beginning of a container: whether a value may come in it."""
        cursor = self._cursor
        char = yield from cursor.peek(WHITE)
        if char in CLOSING:
            self._open(char)
            return True
        kind = KINDS.get(char, "")
        self._row = self.table.see(self._place(), kind, cursor.now) if kind else None
        value: Any
        if kind == "string":
            value = written = yield from self._string()
        else:
            while (scalar := read_scalar(cursor)) is None:
                yield
            value, written = scalar
            cursor.at += len(written)
            self.revision += 1
        self._put(value)
        self._complete(self._row, written, len(written))
        return False

    def _open(self, bracket: str) -> None:
        """A container."""
        if len(self.levels) == DEPTH:
            raise Unreadable("too_deep", bracket)
        container: Any = {} if bracket == "{" else []
        pointer, node = self._place(), self._rules.root
        if self.levels:
            node = self._rules.child(self.levels[-1].node, self.levels[-1].key)
        row = self.table.see(pointer, "object" if bracket == "{" else "array", self._cursor.now)
        self._put(container)
        self.revision += 1
        self.levels.append(Level(bracket, container, pointer, row, node))
        self._cursor.at += 1
        if node and pointer is not None and bracket == "{":
            self.require(node, pointer)

    def _string(self) -> Reading[str]:
        self._parts = []
        self.revision += 1
        self._put("")
        escaped = yield from read_string(self._cursor, self._extend, self._note)
        text = self._text()
        self._parts = None
        if escaped is not None:
            for match in SWALLOWED.finditer(text):
                char, word = match[0][:1], match[0][1:QUOTED]
                self._note("backslash", escaped, f"U+{ord(char):04X} (\\{LETTERS[char]}{word})")
        return text

    def _extend(self, text: str) -> None:
        if self._parts is not None:
            self._parts.append(text)
            self.revision += 1

    def _text(self) -> str:
        """What there is of the string that grows."""
        text = "".join(self._parts or ())
        self._parts = [text]
        self.table.grow(self._row, text, len(text))
        return text

    def _key(self, level: Level, char: str) -> Reading[None]:
        """A key and its colon."""
        cursor = self._cursor
        if char != '"':
            plain = char.isalnum() or char in "_$-"
            raise Unreadable("unquoted_key" if plain else stray(char), char)
        offset, parts = cursor.offset(cursor.at), list[str]()
        yield from read_string(cursor, parts.append, self._note)
        level.key = key = "".join(parts)
        if key in level.container:
            self._note("duplicate_key", offset, key[:QUOTED])
        char = yield from cursor.peek(WHITE)
        if char != ":":
            raise Unreadable("expected_colon", char)
        cursor.at += 1

    def _complete(self, row: JsonField | None, text: str, size: int) -> None:
        self.table.grow(row, text, size, self._cursor.now)
        if self.levels:
            self.levels[-1].key = None

    def _place(self) -> str | None:
        """The pointer of the value that begins, None where it won't be listed."""
        if not self.levels:
            return ""
        level = self.levels[-1]
        if level.bracket == "[" and level.key is None:
            level.key = len(level.container)
        if level.pointer is None or not self.table.listing():
            return None
        pointer = f"{level.pointer}/{escape(str(level.key))}"
        return pointer if len(pointer) <= LONGEST_POINTER else None

    def _put(self, value: Any) -> None:
        """Where it belongs, in place of what there was of it."""
        if not self.levels:
            self.root = value
            return
        level = self.levels[-1]
        if level.bracket == "[" and level.key == len(level.container):
            level.container.append(value)
        else:
            level.container[level.key] = value

    def _note(self, reason: Reason, offset: int, found: str) -> None:
        flaw = self._flaw(reason, offset, found)
        self.noted += 1
        if reason in HARMLESS and self.harm is None:
            self.harm = flaw
        if len(self.notes) < NOTES:
            self.notes.append(flaw)

    def _flaw(self, reason: Reason, offset: int, found: str) -> Flaw:
        return Flaw(reason, offset, self.pointer(), visible(found))
