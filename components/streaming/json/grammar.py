"""JSON's grammar (RFC 8259) over text that is still coming: each character is read once."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Final

from components.streaming.json.cursor import Cursor, Reading
from components.streaming.json.document import Document
from components.streaming.json.flaws import HARMLESS, QUOTED, Flaw, Reason, Unreadable
from components.streaming.json.tokens import BEGUN, LETTERS, PIECE, SWALLOWED, first_kind, read_scalar, stray
from components.streaming.text import sendable

WHITE: Final = re.compile(r"[ \t\n\r]*")
CLOSING: Final = {"[": "]", "{": "}"}
# Notes on what is odd but readable; more of them are counted, not kept.
NOTES: Final = 20


class Grammar:
    """Reads one document from the cursor's place on. `done`: it is whole; `flaw`: it can't be read on."""

    def __init__(self, cursor: Cursor, document: Document) -> None:
        self._cursor = cursor
        self._document = document
        self.done = False
        self.flaw: Flaw | None = None
        self.notes: list[Flaw] = []
        self.noted = 0
        self.harm: Flaw | None = None  # the first thing that JSON forbids, though it can be read

    def read(self) -> Reading[None]:
        """Read to the document's end, or to what can't be read on."""
        try:
            yield from self._all()
            self.done = True
        except Unreadable as unreadable:
            self.flaw = self._flaw(unreadable.reason, unreadable.index, unreadable.found)

    def _all(self) -> Reading[None]:
        cursor, document = self._cursor, self._document
        # Whether a value may come next, and the comma before it.
        expected, comma = (yield from self._value()), None
        while within := document.within:
            char = yield from cursor.peek(WHITE)
            if char == CLOSING[within]:
                if comma is not None:
                    self._note(Flaw("trailing_comma", comma, document.pointer(), ","))
                document.close()
                cursor.at += 1
                expected, comma = False, None
            elif expected:
                if within == "{":
                    yield from self._key(char)
                expected, comma = (yield from self._value()), None
            elif char == ",":
                expected, comma = True, cursor.offset(cursor.at)
                cursor.at += 1
            else:
                wrong: Reason = (
                    "comment" if char == "/" else "mismatched" if char in "]}" else "expected_comma"
                )
                raise Unreadable(wrong, cursor.at, char)

    def _value(self) -> Reading[bool]:
        """A scalar, or the beginning of a container: whether a value may come in it."""
        cursor, document = self._cursor, self._document
        char = yield from cursor.peek(WHITE)
        if char in "{[":
            if not document.open(char):
                raise Unreadable("too_deep", cursor.at, char)
            cursor.at += 1
            return True
        if char == '"':
            document.begin("string")
            escaped = yield from self._string(document.extend)
            if escaped is not None:
                self._note_swallowed(escaped)
            document.end(document.string())
            return False
        if kind := first_kind(char):
            document.begin(kind)
        while (scalar := read_scalar(cursor)) is None:
            yield
        document.end(*scalar)
        cursor.at += len(scalar[1])
        return False

    def _key(self, char: str) -> Reading[None]:
        """A key and its colon."""
        cursor, document = self._cursor, self._document
        if char != '"':
            plain = char.isalnum() or char in "_$-"
            raise Unreadable("unquoted_key" if plain else stray(char), cursor.at, char)
        offset, parts = cursor.offset(cursor.at), list[str]()
        yield from self._string(parts.append)
        key = "".join(parts)
        if not document.key(key):
            self._note(Flaw("duplicate_key", offset, document.pointer(), key[:QUOTED]))
        char = yield from cursor.peek(WHITE)
        if char != ":":
            raise Unreadable("expected_colon", cursor.at, char)
        cursor.at += 1

    def _string(self, take: Callable[[str], object]) -> Reading[int | None]:
        """A string, in decoded pieces of whole characters; where the first control character is escaped."""
        cursor, escaped = self._cursor, None
        cursor.at += 1
        while True:
            while BEGUN.match(cursor.text, cursor.at):
                yield
            at, found = cursor.at, PIECE.match(cursor.text, cursor.at)
            if found is None:
                cursor.at += 1
                if cursor.text[at] == '"':
                    return escaped
                take(self._odd(at))
                continue
            cursor.at = found.end()
            if found["half"]:
                self._note(self._flaw("lone_surrogate", at, found[0]))
                take("\ufffd")
                continue
            char = found[0] if found["run"] else json.loads(f'"{found[0]}"')
            if found["letter"] and char < " " and escaped is None:
                escaped = cursor.offset(at)
            take(char)

    def _odd(self, at: int) -> str:
        """What a character stands for that may not stand in a string."""
        char = self._cursor.text[at]
        if char == "\\":
            self._note(self._flaw("escape", at, self._cursor.text[at : at + 2]))
            return char
        reason: Reason = "control_character" if char < " " else "lone_surrogate"
        self._note(self._flaw(reason, at, f"U+{ord(char):04X}"))
        return char if char < " " else "\ufffd"

    def _note_swallowed(self, offset: int) -> None:
        for match in SWALLOWED.finditer(self._document.string()):
            char, word = match[0][:1], match[0][1:QUOTED]
            written = f"U+{ord(char):04X} (\\{LETTERS[char]}{word})"
            self._note(Flaw("backslash", offset, self._document.pointer(), sendable(written)))

    def _note(self, flaw: Flaw) -> None:
        self.noted += 1
        if flaw.reason in HARMLESS and self.harm is None:
            self.harm = flaw
        if len(self.notes) < NOTES:
            self.notes.append(flaw)

    def _flaw(self, reason: Reason, index: int, found: str) -> Flaw:
        return Flaw(reason, self._cursor.offset(index), self._document.pointer(), sendable(found))
