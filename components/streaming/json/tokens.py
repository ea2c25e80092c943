"""Strings, in pieces as they come; numbers and literals, told only when what follows them has come."""

import json
import math
import re
from collections.abc import Callable
from typing import Final

from components.streaming.json.cursor import Cursor, Reading
from components.streaming.json.fields import Kind
from components.streaming.json.flaws import DIGITS, QUOTED, Reason, Unreadable

_HALF: Final = r"\\u[dD][89abAB][0-9a-fA-F]{2}"
# What is read as one: a run that needs no decoding, an escape, two of them that are one character, or a half
# of those.
PIECE: Final = re.compile(
    '(?P<run>[^"\\\\\x00-\x1f\ud800-\udfff]+)'
    rf"|{_HALF}\\u[dD][c-fC-F][0-9a-fA-F]{{2}}|(?P<half>\\u[dD][89a-fA-F][0-9a-fA-F]{{2}})"
    r'|\\u[0-9a-fA-F]{4}|(?P<letter>\\["\\/bfnrt])'
)
# What may still become one.
BEGUN: Final = re.compile(rf"(?:{_HALF})?(?:\\(?:u[0-9a-fA-F]{{0,3}})?)?\Z")
LETTERS: Final = {"\b": "b", "\f": "f", "\n": "n", "\r": "r", "\t": "t"}
# Where JSON has made a control character of a backslash and a letter, as `\frac` and `\text` of LaTeX and
# `C:\temp` begin. None but a tab or a line end before a letter is meant, as a rule; there a command's name
# tells, and one whose rest is a word only before what formulas are made of.
SWALLOWED: Final = re.compile(
    r"[\b\f\r][A-Za-z]+"
    r"|(?:\t(?:anh|binom|ext(?:bf|it|rm|sf|tt|normal)?|frac|herefore|heta|ilde|imes|riangle)"
    r"|\n(?:abla|eq|ewcommand|ewline|exists|geq|leq|olimits|onumber|otin))(?![A-Za-z])"
    r"|(?:\t(?:an|au|o|op)|\n(?:e|i|ot|u))(?=\s?[\\$_^{}=])"
    r"|(?<=\b[A-Za-z]:)\t\w+|(?<=\A[A-Za-z]:)\n\w+"
)
NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
# With what makes no number of it, as in `1/2` and `5%`, but for a comment.
RUN: Final = re.compile(r"(?:[-+.%\w]|/(?![/*]))*")
LITERALS: Final[dict[str, bool | None]] = {"true": True, "false": False, "null": None}
# What a value can only be that begins with one of these.
KINDS: Final[dict[str, Kind]] = {
    **{'"': "string", "t": "true", "f": "false", "n": "null"},
    **dict.fromkeys("-0123456789", "number"),
}
OTHER_QUOTES: Final = frozenset("'`´‘’‚“”„«»「」＂＇")


def read_string(
    cursor: Cursor, take: Callable[[str], object], note: Callable[[Reason, int, str], None]
) -> Reading[int | None]:
    """A string, in decoded pieces of whole characters; where the first control character is escaped.

    `note`: told of what is odd, from which offset on, and what stands there.
    """
    escaped = None
    cursor.at += 1
    while True:
        while BEGUN.match(cursor.text, cursor.at):
            yield
        at, offset, found = cursor.at, cursor.offset(cursor.at), PIECE.match(cursor.text, cursor.at)
        if found is not None:
            cursor.at = found.end()
            char = found[0] if found["run"] else json.loads(f'"{found[0]}"')
            if found["letter"] and char < " " and escaped is None:
                escaped = offset
            if found["half"]:
                note("lone_surrogate", offset, found[0])
                char = "\ufffd"
        else:
            cursor.at += 1
            char = cursor.text[at]
            if char == '"':
                return escaped
            if char == "\\":
                note("escape", offset, cursor.text[at : at + 2])
            elif char < " ":
                note("control_character", offset, f"U+{ord(char):04X}")
            else:
                note("lone_surrogate", offset, f"U+{ord(char):04X}")
                char = "\ufffd"
        take(char)


def read_scalar(cursor: Cursor) -> tuple[float | bool | None, str] | None:
    """The number or literal at the cursor, whose first character is there, and how it is written; None: more
    of it may come. An integer is exact, a fraction a double.

    Raises Unreadable: there is neither.
    """
    text, at = cursor.text, cursor.at
    match, char = RUN.match(text, at), text[at]
    run = match[0] if match is not None else ""
    number = KINDS.get(char) == "number"
    if not (number or char.isalpha() or char == "_"):
        raise Unreadable(stray(char), char)
    if number and len(run) > DIGITS:
        raise Unreadable("too_long", run[:QUOTED])
    if at + len(run) == len(text):  # the next character tells where it ends
        begun = number or any(name.startswith(run) for name in LITERALS)
        if begun or (not cursor.ended and len(run) <= QUOTED):
            return None
    elif run in LITERALS:
        return LITERALS[run], run
    if not number or NUMBER.fullmatch(run) is None:
        raise Unreadable("number" if number else "word", run[:QUOTED])
    value = int(run) if run.lstrip("-").isdecimal() else float(run)
    if isinstance(value, float) and math.isinf(value):
        raise Unreadable("too_large", run[:QUOTED])
    return value, run


def stray(char: str) -> Reason:
    """What is wrong with a character that begins no value and no key."""
    if char in OTHER_QUOTES:
        return "quote"
    if char in "/#":
        return "comment"
    return "missing_value" if char in ",:]}" else "unexpected"
