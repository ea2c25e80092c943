"""JSON's grammar (RFC 8259) over text that is still coming: each character is read once."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

from components.streaming.json.cursor import Cursor
from components.streaming.json.document import Document
from components.streaming.json.flaws import HARMLESS, QUOTED, Flaw, Place, Reason, Unreadable
from components.streaming.json.tokens import LETTERS, SWALLOWED, Strings, first_kind, read_scalar, stray
from components.streaming.text import sendable

WHITE: Final = re.compile(r"[ \t\n\r]*")
# Notes on what is odd but readable; more of them are counted, not kept.
NOTES: Final = 20


class Grammar:
    """Reads one document from the cursor's place on. `done`: it is whole; `flaw`: it can't be read on."""

    def __init__(self, cursor: Cursor, document: Document) -> None:
        self._cursor = cursor
        self._document = document
        self._strings = Strings(cursor, self._odd)
        self._next: Callable[[], bool] = self._value
        self._key_parts: list[str] = []
        self._key_at = Place(0, 1, 1)
        self._begun = False  # a number or a literal whose end hasn't come
        self._comma: Place | None = None  # the last one, while nothing follows it
        self.done = False
        self.flaw: Flaw | None = None
        self.notes: list[Flaw] = []
        self.noted = 0
        self.harm: Flaw | None = None  # the first thing that JSON forbids, though it can be read

    def read(self) -> None:
        """Read as far as the text goes."""
        try:
            while not self.done and self.flaw is None and self._next():
                pass
        except Unreadable as unreadable:
            self.flaw = self._flaw(unreadable.reason, unreadable.index, unreadable.found)

    def _peek(self) -> str:
        """The next character that isn't white space, "" when there is none yet."""
        cursor = self._cursor
        match = WHITE.match(cursor.text, cursor.at)
        if match is not None:
            cursor.at = match.end()
        return cursor.text[cursor.at : cursor.at + 1]

    def _value(self) -> bool:
        char = self._peek()
        if char == '"':
            self._document.begin("string")
            self._strings.escaped = None
            return self._go_on(self._string)
        if char == "{":
            self._open({})
            return self._go_on(self._key)
        if char == "[":
            self._open([])
            return self._go_on(self._item)
        return bool(char) and self._scalar()

    def _open(self, container: dict[str, Any] | list[Any]) -> None:
        if not self._document.open(container):
            raise Unreadable("too_deep", self._cursor.at, "[" if isinstance(container, list) else "{")

    def _go_on(self, state: Callable[[], bool], past: int = 1) -> bool:
        self._cursor.at += past
        self._next = state
        self._comma = None
        return True

    def _string(self) -> bool:
        if not self._strings.read(self._document.extend):
            return False
        if self._strings.escaped is not None:
            self._note_swallowed(self._strings.escaped)
        self._document.end(self._document.string())
        return self._go_on(self._after, 0)

    def _note_swallowed(self, place: Place) -> None:
        for match in SWALLOWED.finditer(self._document.string()):
            char, word = match[0][:1], match[0][1:QUOTED]
            written = f"U+{ord(char):04X} (\\{LETTERS[char]}{word})"
            self._note(Flaw("backslash", place, self._document.pointer(), sendable(written)))

    def _item(self) -> bool:
        """A list's next item or, as after a comma too many, its end."""
        return self._close() if self._peek() == "]" else self._value()

    def _key(self) -> bool:
        char = self._peek()
        if not char:
            return False
        if char == "}":
            return self._close()
        if char != '"':
            plain = char.isalnum() or char in "_$-"
            raise Unreadable("unquoted_key" if plain else stray(char), self._cursor.at, char)
        self._key_parts = []
        self._key_at = self._cursor.place(self._cursor.at)
        return self._go_on(self._key_string)

    def _key_string(self) -> bool:
        if not self._strings.read(self._key_parts.append):
            return False
        key = "".join(self._key_parts)
        if not self._document.key(key):
            self._note(Flaw("duplicate_key", self._key_at, self._document.pointer(), key[:QUOTED]))
        return self._go_on(self._colon, 0)

    def _colon(self) -> bool:
        char = self._peek()
        if char and char != ":":
            raise Unreadable("expected_colon", self._cursor.at, char)
        return bool(char) and self._go_on(self._value)

    def _after(self) -> bool:
        """A value is whole; a comma or the end of what it stands in comes next."""
        within = self._document.within
        if not within:
            self.done = True
            return False
        char = self._peek()
        if char == ",":
            comma = self._cursor.place(self._cursor.at)
            self._go_on(self._item if within == "[" else self._key)
            self._comma = comma
            return True
        if char == ("]" if within == "[" else "}"):
            return self._close()
        if char:
            wrong: Reason = "comment" if char == "/" else "mismatched" if char in "]}" else "expected_comma"
            raise Unreadable(wrong, self._cursor.at, char)
        return False

    def _close(self) -> bool:
        if self._comma is not None:
            self._note(Flaw("trailing_comma", self._comma, self._document.pointer(), ","))
        self._document.close()
        return self._go_on(self._after)

    def _scalar(self) -> bool:
        kind = first_kind(self._cursor.text[self._cursor.at])
        if kind and not self._begun:
            self._document.begin(kind)
            self._begun = True
        scalar = read_scalar(self._cursor)
        if scalar is None:
            return False
        self._begun = False
        self._document.end(*scalar)
        return self._go_on(self._after, len(scalar[1]))

    def _odd(self, reason: Reason, index: int, found: str) -> None:
        self._note(self._flaw(reason, index, found))

    def _note(self, flaw: Flaw) -> None:
        self.noted += 1
        if flaw.reason in HARMLESS and self.harm is None:
            self.harm = flaw
        if len(self.notes) < NOTES:
            self.notes.append(flaw)

    def _flaw(self, reason: Reason, index: int, found: str) -> Flaw:
        return Flaw(reason, self._cursor.place(index), self._document.pointer(), sendable(found))
