"""Where in a reply the document is: what stands before it and after it is skipped, and told.

A reply that begins with a value is that value. In prose a document begins at a brace or a bracket that a
value can follow, so that neither `[note]` nor `{name}` is one, or inside a Markdown fence of any label. A
number, `true`, `false` or `null` is a document only when nothing else is in the reply, or in the fence:
`42 countries` is prose. A second document is noticed, not read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from components.streaming.json.cursor import Cursor
from components.streaming.json.flaws import DIGITS, Place
from components.streaming.text import sendable

# Characters of prose that are kept to be shown.
EXCERPT: Final = 500
# Farther than this from a bracket nothing tells what it is, and it is taken for what it looks like.
AHEAD: Final = 120
WHITE: Final = re.compile("[ \t\n\r\ufeff]*")
FENCE: Final = re.compile(r"```[\w+.-]*(?=[^\w+.-])")
FENCE_BEGUN: Final = re.compile(r"`{1,2}|```[\w+.-]*")
OPENING: Final = re.compile(
    r"(?P<fence>```[\w+.-]*(?=[^\w+.-]))"
    rf"|\{{\s{{0,{AHEAD}}}(?=[\"'}}])"
    rf"|\[\s{{0,{AHEAD}}}(?=[\]\[{{\"'\d-]|(?:true|false|null)\s*[,\]])"
)
BRACKET: Final = re.compile(r"\[\s*([A-Za-z]*)")
# Words that a model puts into a list without quotes, meaning a value.
WORDS: Final = ("true", "false", "null", "True", "False", "None", "NaN", "Infinity", "undefined")
SCALAR: Final = re.compile(
    r"(?:-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|true|false|null)[ \t\n\r]*(?=(```)|\Z)"
)
SCALAR_BEGUN: Final = re.compile(r"[-+.\w]*[ \t\n\r]*`{0,2}")


@dataclass(frozen=True, slots=True)
class Around:
    """What was skipped: the first EXCERPT characters on either side, and how many there were in all."""

    before: str
    before_length: int
    after: str
    after_length: int
    fenced: bool


class Prose:
    """Text that is counted, and kept up to EXCERPT characters."""

    __slots__ = ("length", "text")

    def __init__(self) -> None:
        self.text = ""
        self.length = 0

    def add(self, text: str) -> None:
        self.length += len(text)
        if len(self.text) < EXCERPT:
            self.text += text[: EXCERPT - len(self.text)]


class Surroundings:
    """Reads what isn't the document. `another`: where a second one begins."""

    def __init__(self, cursor: Cursor) -> None:
        self._cursor = cursor
        self._before, self._after = Prose(), Prose()
        self._in_prose = False
        self._fenced = False
        self.bare = False  # a number or literal and nothing else: it ends with the reply
        self.another: Place | None = None

    def find(self) -> bool:
        """Skip to the document; True when the cursor stands at its first character."""
        while True:
            found = self._search(self._before) if self._in_prose else self._first()
            if found is not None:
                return found

    def skip(self) -> None:
        """Skip what follows the document."""
        while self.another is None and (found := self._search(self._after)) is not False:
            if found:
                self.another = self._cursor.place(self._cursor.at)
        if self.another is not None:
            self._pass(self._after, len(self._cursor.text))

    def around(self) -> Around | None:
        """None when nothing but white space was skipped."""
        before, after = (sendable(prose.text.strip()) for prose in (self._before, self._after))
        if self._fenced:
            after = after.lstrip("`").strip()  # a closing fence that nothing follows
        if not before and not after and not self._fenced:
            return None
        lengths = (self._before.length if before else 0, self._after.length if after else 0)
        return Around(before, lengths[0], after, lengths[1], self._fenced)

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
        if char == "[":
            told: bool | None = self._is_array()
        elif char == "`":
            return self._fence()
        else:
            told = self._is_scalar(char)
            self.bare = bool(told)
        if told is None:
            return False
        self._in_prose = not told
        return told or None

    def _fence(self) -> bool | None:
        cursor = self._cursor
        match = FENCE.match(cursor.text, cursor.at)
        if match is not None:
            cursor.at = match.end()
            self._fenced = True
            return None
        if not cursor.ended and FENCE_BEGUN.fullmatch(cursor.text, cursor.at):
            return False
        self._in_prose = True
        return None

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
        if match is not None and (self._fenced if match[1] else cursor.ended):
            return True
        begun = SCALAR_BEGUN.fullmatch(cursor.text, cursor.at) is not None
        short = len(cursor.text) - cursor.at <= DIGITS + AHEAD
        return None if begun and short and not cursor.ended else False

    def _search(self, prose: Prose) -> bool | None:
        """Go on to the next document in prose; None past a fence, False when the text runs out."""
        cursor = self._cursor
        match = OPENING.search(cursor.text, cursor.at)
        if match is None:
            end = len(cursor.text)
            self._pass(prose, end if cursor.ended else max(cursor.at, end - 2 * AHEAD))
            return False
        self._pass(prose, match.start())
        if not match["fence"]:
            return True
        cursor.at = match.end()
        if prose is self._before:
            self._fenced, self._in_prose = True, False
        return None

    def _pass(self, prose: Prose, index: int) -> None:
        cursor = self._cursor
        prose.add(cursor.text[cursor.at : index])
        cursor.at = index
