"""Where in a reply a value begins. What stands before it and between two of them is skipped.

A reply that begins with a value is that value. In prose one begins at a brace or a bracket that a value can
follow, so that neither `[note]` nor `{name}` is one, or inside a Markdown fence of any label. A number,
`true`, `false` or `null` is a value only when nothing else is in the reply, or in the fence: `42 countries`
is prose. Between the tags of a thought there is none.
"""

import re
from typing import Final

from components.streaming.json.cursor import Cursor, Reading
from components.streaming.json.flaws import DIGITS
from components.streaming.text import CLOSES, OPENS

# Farther than this from a bracket nothing tells what it is, and it is taken for what it looks like.
AHEAD: Final = 120
# Those that nobody sees among them.
SPACES: Final = " \t\n\r\ufeff\u00a0\u200b\u2060\u3000"
WHITE: Final = re.compile(f"[{SPACES}]*")
NUMBERS: Final = r"\d+[^\d\]]|\d{4}"
# A longer label, or more backticks, are no fence's.
OPENING: Final = re.compile(
    r"`(?P<fence>`{2,7}+(?P<label>[\w+.-]{0,40}+)(?=[^\w+.`-]))"
    # The second of two tags stands alone where the prompt holds the first.
    rf"|(?P<thought>{OPENS})|(?P<thought_end>{CLOSES})"
    rf"|\{{\s{{0,{AHEAD}}}(?=[\"'“„}}])"
    # Neither `[1]` nor `[[1]]`, which are references, nor the `[ ]` of a list of tasks.
    rf"|\[\s{{0,{AHEAD}}}(?=[{{\"'“„-]|{NUMBERS}|\[\s*(?:[^\s\d]|{NUMBERS})|(?:true|false|null)\s*[,\]])"
    rf"|\[(?!\s\])\s{{0,{AHEAD}}}(?=\])"
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

    def find(self) -> Reading[None]:
        """Skip to the next value's first character."""
        while True:
            begins = self._at_start and (yield from self._begins())
            self._at_start = False
            if begins or (yield from self._search()):
                return

    def _begins(self) -> Reading[bool]:
        """Whether a value does at the beginning of the reply, of a fence, or behind a thought."""
        char = yield from self._cursor.peek(WHITE)
        self.bare = char not in '{"[' and (yield from self._is_scalar(char))
        return self.bare or char in '{"' or (char == "[" and (yield from self._is_list()))

    def _is_list(self) -> Reading[bool]:
        """Whether the bracket begins a list, as in `[1` and `[None`, or a remark, as in `[Note`."""
        cursor = self._cursor
        while True:
            match = BRACKET.match(cursor.text, cursor.at)
            word, end = (match[1], match.end()) if match else ("", cursor.at)
            whole = end < len(cursor.text) or cursor.ended
            if end - cursor.at > AHEAD or (whole and not word):
                return True
            if end < len(cursor.text):
                return word in WORDS
            if cursor.ended:
                return any(known.startswith(word) for known in WORDS)
            yield

    def _is_scalar(self, char: str) -> Reading[bool]:
        cursor = self._cursor
        while char in "-0123456789tfn":
            match = SCALAR.match(cursor.text, cursor.at)
            if match is not None and (self.fence is not None if match[1] else cursor.ended):
                return True
            begun = SCALAR_BEGUN.fullmatch(cursor.text, cursor.at) is not None
            if cursor.ended or not begun or len(cursor.text) - cursor.at > DIGITS + AHEAD:
                break
            yield
        return False

    def _search(self) -> Reading[bool]:
        """Go on in prose: to a value, or past a fence or a tag."""
        cursor = self._cursor
        while (match := _opening(cursor.text, cursor.at)) is None:
            end = len(cursor.text)
            begun = MARK.search(cursor.text, end if cursor.ended else max(cursor.at, end - 2 * AHEAD))
            cursor.at = end if begun is None else begun.start()
            yield
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
        return False


def _opening(text: str, at: int) -> re.Match[str] | None:
    return next(filter(None, (OPENING.match(text, mark.start()) for mark in MARK.finditer(text, at))), None)
