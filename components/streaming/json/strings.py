"""The inside of a JSON string, in whatever pieces it comes."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from components.streaming.json.cursor import Cursor
from components.streaming.json.flaws import QUOTED, Place, Reason

# Runs that need no decoding; a lone surrogate is one too few of a pair.
BODY: Final = re.compile('[^"\\\\\x00-\x1f\ud800-\udfff]*')
HEX: Final = re.compile(r"\\u([0-9a-fA-F]{4})")
# What may still become one of the above.
HEX_BEGUN: Final = re.compile(r"\\(?:u[0-9a-fA-F]{0,3})?")
SIMPLE: Final = {
    '"': '"',
    "\\": "\\",
    "/": "/",
    "b": "\b",
    "f": "\f",
    "n": "\n",
    "r": "\r",
    "t": "\t",
}
LETTERS: Final = {char: letter for letter, char in SIMPLE.items() if char < " "}
# Where JSON has made a control character of a backslash and a letter, as `\frac` and `\text` of LaTeX and
# `C:\temp` begin. None but a tab or a line end before a letter is meant, as a rule; there a command's name
# tells, and one whose rest is a word only before what formulas are made of.
SWALLOWED: Final = re.compile(
    r"[\b\f\r][A-Za-z]+|\t(?:ext(?:bf|it|rm)?|frac|herefore|heta|ilde|imes|riangle)(?![A-Za-z])"
    r"|\n(?:abla|eq|exists|otin)(?![A-Za-z])|(?:\t(?:an|au|o|op)|\n(?:e|i|ot|u))(?=\s?[\\$_^{}=])"
    r"|(?<=\b[A-Za-z]:)\t\w+|(?<=\A[A-Za-z]:)\n\w+"
)
# How far back a second half of a pair can be told: backslash, u and four digits.
ESCAPE: Final = 6


class Strings:
    """Reads one string at a time; hands over decoded pieces, each of whole characters."""

    def __init__(self, cursor: Cursor, note: Callable[[Reason, int, str], None]) -> None:
        self._cursor = cursor
        self._note = note  # told of what is odd, and at which index
        self.escaped: Place | None = None  # the first escape for a control character, until it is reset

    def read(self, take: Callable[[str], None]) -> bool:
        """Read on to the closing quote; False where the text runs out before it."""
        cursor = self._cursor
        text = cursor.text
        while True:
            begin, at = cursor.at, _end(text, cursor.at)
            if at > begin:
                take(text[begin:at])
                cursor.at = at
            if at == len(text):
                return False
            char = text[at]
            if char == '"':
                cursor.at = at + 1
                return True
            if char == "\\":
                if not self._escape(take):
                    return False
                continue
            self._note("control_character" if char < " " else "lone_surrogate", at, f"U+{ord(char):04X}")
            take(char if char < " " else "\ufffd")
            cursor.at = at + 1

    def _escape(self, take: Callable[[str], None]) -> bool:
        cursor = self._cursor
        text, at = cursor.text, cursor.at
        simple = SIMPLE.get(text[at + 1 : at + 2])
        if simple is not None:
            if simple < " " and self.escaped is None:
                self.escaped = cursor.place(at)
            take(simple)
            cursor.at = at + 2
            return True
        match = HEX.match(text, at)
        if match is None:
            if _begun(text, at):
                return False
            self._note("escape", at, text[at : at + 2])
            take("\\")
            cursor.at = at + 1
            return True
        code = int(match[1], 16)
        if not 0xD800 <= code < 0xE000:
            take(chr(code))
            cursor.at = match.end()
            return True
        return self._pair(take, code, match[0])

    def _pair(self, take: Callable[[str], None], high: int, written: str) -> bool:
        """Half of a surrogate pair: it waits for the other half, and is replaced when that isn't there."""
        cursor = self._cursor
        text, at = cursor.text, cursor.at
        after = at + ESCAPE
        if high < 0xDC00:
            match = HEX.match(text, after)
            if match is None and _begun(text, after):
                return False
            low = int(match[1], 16) if match is not None else 0
            if 0xDC00 <= low < 0xE000:
                take(chr(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00)))
                cursor.at = after + ESCAPE
                return True
        self._note("lone_surrogate", at, written[:QUOTED])
        take("\ufffd")
        cursor.at = after
        return True


def _end(text: str, at: int) -> int:
    match = BODY.match(text, at)
    return at if match is None else match.end()


def _begun(text: str, at: int) -> bool:
    """Whether the text runs out before it is told if an escape stands at `at`."""
    if at == len(text):
        return True
    match = HEX_BEGUN.match(text, at)
    return match is not None and match.end() == len(text)
