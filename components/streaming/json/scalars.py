"""Numbers and literals: both are told only when what follows them has come."""

from __future__ import annotations

import math
import re
from typing import Final

from components.streaming.json.cursor import Cursor
from components.streaming.json.fields import Kind
from components.streaming.json.flaws import DIGITS, QUOTED, Reason, Unreadable

NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
RUN: Final = re.compile(r"[-+.\w]*")
LITERALS: Final[dict[str, bool | None]] = {"true": True, "false": False, "null": None}
FIRST: Final[dict[str, Kind]] = {"t": "true", "f": "false", "n": "null"}
OTHER_QUOTES: Final = frozenset("'`\u2018\u2019\u201c\u201d")


def first_kind(char: str) -> Kind:
    """What a value that begins with this character can only be; "" for none of these."""
    return "number" if char in "-0123456789" else FIRST.get(char, "")


def read_scalar(cursor: Cursor) -> tuple[float | bool | None, str] | None:
    """The number or literal at the cursor, whose first character is there, and how it is written; None: more
    of it may come. An integer is exact, a fraction a double.

    Raises:
        Unreadable: there is neither.
    """
    text, at = cursor.text, cursor.at
    match, char = RUN.match(text, at), text[at]
    run = match[0] if match is not None else ""
    number = first_kind(char) == "number"
    if not (number or char.isalpha() or char == "_"):
        raise Unreadable(stray(char), at, char)
    if number and len(run) > DIGITS:
        raise Unreadable("too_long", at, run[:QUOTED])
    if at + len(run) == len(text):  # the next character tells where it ends
        begun = number or any(name.startswith(run) for name in LITERALS)
        if begun or (not cursor.ended and len(run) <= QUOTED):
            return None
    elif run in LITERALS:
        return LITERALS[run], run
    if not number or NUMBER.fullmatch(run) is None:
        raise Unreadable("number" if number else "word", at, run[:QUOTED])
    value = int(run) if run.lstrip("-").isdecimal() else float(run)
    if isinstance(value, float) and math.isinf(value):
        raise Unreadable("too_large", at, run[:QUOTED])
    return value, run


def stray(char: str) -> Reason:
    """What is wrong with a character that begins no value and no key."""
    if char in OTHER_QUOTES:
        return "quote"
    if char in "/#":
        return "comment"
    return "missing_value" if char in ",:]}" else "unexpected"
