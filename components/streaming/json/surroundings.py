"""Where in a reply a value begins. What stands before it and between two of them is skipped.

A reply that begins with a value is that value. In prose one begins at a brace or a bracket that a value can
follow, so that neither `[note]` nor `{name}` is one, or inside a Markdown fence of any label. A number,
`true`, `false` or `null` is a value only when nothing else is in the reply, or in the fence: `42 countries`
is prose. Between the tags of a thought there is none.
"""

import re
from typing import Final

import regex

from components.streaming.json.cursor import Cursor, Reading
from components.streaming.json.flaws import DIGITS
from components.streaming.text import CLOSES, OPENS

# Farther than this from a bracket nothing tells what it is, and it is taken for what it looks like.
AHEAD: Final = 120
# Those that nobody sees among them.
SPACES: Final = " \t\n\r\ufeff\u00a0\u200b\u2060\u3000"
WHITE: Final = re.compile(f"[{SPACES}]*")
NUMBERS: Final = r"\d+[^\d\]]|\d{4}"
# A longer label, or more backticks, are no fence's. By its first set of characters prose is passed over fast.
OPENING: Final = regex.compile(
    r"(?=[`<\[◁{])(?:(?<!`)(?:`(?P<fence>`{2,7}+(?P<label>[\w+.-]{0,40}+)(?=[^\w+.`-]))"
    rf"|(?P<no_fence>`{{9,{2 * AHEAD}}}+(?=[^`])))"
    # The second of two tags stands alone where the prompt holds the first.
    rf"|(?P<thought>{OPENS})|(?P<thought_end>{CLOSES})"
    rf"|\{{\s{{0,{AHEAD}}}(?=[\"'“„}}])"
    # Neither `[1]` nor `[[1]]`, which are references, nor the `[ ]` of a list of tasks.
    rf"|\[\s{{0,{AHEAD}}}(?=[{{\"'“„-]|{NUMBERS}|\[\s*(?:[^\s\d]|{NUMBERS})|(?:true|false|null)\s*[,\]])"
    rf"|\[(?!\s\])\s{{0,{AHEAD}}}(?=\]))"
)
# A list at the very beginning, as in `[1`, and no remark, as in `[Note`: a model may put a word into it that
# has no quotes, meaning a value.
LIST: Final = regex.compile(
    r"\[\s*(?:[^\sA-Za-z]"
    r"|(?:true|false|null|True|False|None|NaN|Infinity|undefined)(?=[^A-Za-z]))"
)
SCALAR: Final = regex.compile(
    r"(?:-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|true|false|null)[ \t\n\r]*(?:(?P<fence>```)|\Z)"
)


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
        self.bare = char not in '{"[' and (yield from self._is_scalar())
        return self.bare or char in '{"' or (char == "[" and (yield from self._is_list()))

    def _is_list(self) -> Reading[bool]:
        cursor = self._cursor
        while (match := LIST.match(cursor.text, cursor.at, partial=True)) and match.partial:
            if cursor.ended or len(cursor.text) - cursor.at > AHEAD:
                break
            yield
        return match is not None

    def _is_scalar(self) -> Reading[bool]:
        cursor = self._cursor
        while match := SCALAR.match(cursor.text, cursor.at, partial=True):
            if match["fence"] or cursor.ended:
                return not match.partial and bool(self.fence is not None or not match["fence"])
            if len(cursor.text) - cursor.at > DIGITS + AHEAD:
                break
            yield
        return False

    def _search(self) -> Reading[bool]:
        """Go on in prose: to a value, or past a fence or a tag."""
        cursor = self._cursor
        while (
            not (match := OPENING.search(cursor.text, cursor.at, partial=not cursor.ended)) or match.partial
        ):
            cursor.at = match.start() if match else len(cursor.text)
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
        elif not (self._thinking or match["no_fence"]):
            cursor.at = match.start()
            return True
        return False
