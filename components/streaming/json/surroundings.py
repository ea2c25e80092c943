"""Where in a reply a value begins. What stands before it and between two of them is skipped.

A reply that begins with a value is that value. In prose one begins at a brace or a bracket that a value can
follow, so that neither `[note]` nor `{name}` is one, or inside a Markdown fence of any label. A number,
`true`, `false` or `null` is a value only when nothing else is in the reply, or in the fence: `42 countries`
is prose. Between the tags of a thought there is none.
"""

from __future__ import annotations

import re
from typing import Final

from components.streaming.json.cursor import Cursor
from components.streaming.json.flaws import DIGITS
from components.streaming.text import CLOSES, OPENS

# Farther than this from a bracket nothing tells what it is, and it is taken for what it looks like.
AHEAD: Final = 120
WHITE: Final = re.compile("[ \t\n\r\ufeff]*")
# A longer label, or more backticks, are no fence's.
OPENING: Final = re.compile(
    r"`(?P<fence>`{2,7}+(?P<label>[\w+.-]{0,40}+)(?=[^\w+.`-]))"
    # The second of two tags stands alone where the prompt holds the first.
    rf"|(?P<thought>{OPENS})|(?P<thought_end>{CLOSES})"
    rf"|\{{\s{{0,{AHEAD}}}(?=[\"'}}])"
    rf"|\[\s{{0,{AHEAD}}}(?=[\]\[{{\"'\d-]|(?:true|false|null)\s*[,\]])"
)
# How one of these begins: by one set of characters prose is passed over several times as fast.
MARK: Final = re.compile(r"[`<\[◁{](?:(?<=`)`+)?")
BRACKET: Final = re.compile(r"\[\s*([A-Za-z]*)")
# Words that a model puts into a list without quotes, meaning a value.
WORDS: Final = ("true", "false", "null", "True", "False", "None", "NaN", "Infinity", "undefined")
SCALAR: Final = re.compile(
    r"(?:-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|true|false|null)[ \t\n\r]*(?=(```)|\Z)"
)
SCALAR_BEGUN: Final = re.compile(r"[-+.\w]*[ \t\n\r]*`{0,2}")


class Surroundings:
    """Reads what is no value. `thought_end`: how many of the reply's characters a thought's end rules out."""

    def __init__(self, cursor: Cursor) -> None:
        self._cursor = cursor
        self._at_start = True  # of the reply, of a fence, or behind a thought
        self._thinking = False
        self.fence: str | None = None  # the label of the one that is open
        self.bare = False  # a number or literal and nothing else: it ends with the reply
        self.thought_end = 0

    def find(self) -> bool:
        """Skip to the next value; True when the cursor stands at its first character."""
        while True:
            found = self._first() if self._at_start else self._search()
            if found is not None:
                self._at_start = self._at_start and not found
                return found

    def _first(self) -> bool | None:
        """At the beginning of the reply or of a fence: None when it turned out to be something else."""
        cursor = self._cursor
        match = WHITE.match(cursor.text, cursor.at)
        if match is not None:
            cursor.at = match.end()
        char = cursor.text[cursor.at : cursor.at + 1]
        if not char:
            return False
        if char in '{"':
            return True
        told = self._is_array() if char == "[" else self._is_scalar(char)
        if told is None:
            return False
        self.bare = told and char != "["
        self._at_start = told
        return told or None

    def _is_array(self) -> bool | None:
        """Whether the bracket begins a list, as in `[1` and `[None`, or a remark, as in `[Note`."""
        cursor = self._cursor
        match = BRACKET.match(cursor.text, cursor.at)
        if match is None or len(match[0]) > AHEAD or not match[1]:
            known = match is None or match.end() < len(cursor.text) or len(match[0]) > AHEAD
            return True if known or cursor.ended else None
        if match.end() < len(cursor.text):
            return match[1] in WORDS
        return any(word.startswith(match[1]) for word in WORDS) if cursor.ended else None

    def _is_scalar(self, char: str) -> bool | None:
        cursor = self._cursor
        if char not in "-0123456789tfn":
            return False
        match = SCALAR.match(cursor.text, cursor.at)
        if match is not None and (self.fence is not None if match[1] else cursor.ended):
            return True
        begun = SCALAR_BEGUN.fullmatch(cursor.text, cursor.at) is not None
        short = len(cursor.text) - cursor.at <= DIGITS + AHEAD
        return None if begun and short and not cursor.ended else False

    def _search(self) -> bool | None:
        """Go on to the next value in prose; None past a fence or a tag, False when the text runs out."""
        cursor = self._cursor
        match = _opening(cursor.text, cursor.at)
        if match is None:
            end = len(cursor.text)
            begun = MARK.search(cursor.text, end if cursor.ended else max(cursor.at, end - 2 * AHEAD))
            cursor.at = end if begun is None else begun.start()
            return False
        cursor.at = match.end()
        if match["thought_end"]:
            self.thought_end = cursor.offset(cursor.at)
            self._thinking, self._at_start, self.fence = False, True, None
        elif match["thought"]:
            self._thinking = True
        elif match["fence"]:
            closes = self.fence is not None and not match["label"]
            self.fence = None if closes else match["label"].lower()
            self._at_start = not closes
        elif not self._thinking:
            cursor.at = match.start()
            return True
        return None


def _opening(text: str, at: int) -> re.Match[str] | None:
    while mark := MARK.search(text, at):
        if match := OPENING.match(text, mark.start()):
            return match
        at = mark.end()
    return None
