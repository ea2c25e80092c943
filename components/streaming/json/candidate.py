"""A value in the reply that may be the one that was asked for, and how likely it is that."""

import re
from typing import Final, NamedTuple

from components.streaming.json.cursor import Cursor, Reading
from components.streaming.json.document import CLOSING, Document
from components.streaming.json.flaws import Reason, Unreadable
from components.streaming.json.rules import Rules
from components.streaming.json.surroundings import Surroundings
from components.streaming.text import CLOSES, LONGEST_TAG

# Kinds of value: what prose holds as well, as `[1]` and `{}`; a schema, or what stands in a fence of code,
# which may be there to explain; a list; an object.
SLIGHT, ASIDE, LIST, OBJECT = range(4)
# With these `[2020-2024]`, `[1, 2, ...]` and `[0, 1)` turn out to be prose.
REMARKS: Final[frozenset[Reason]] = frozenset({"number", "expected_comma", "unexpected"})
MARK: Final = re.compile(rf'(?P<end>```|{CLOSES})|\\.|["\[\]{{}}\n]', re.DOTALL)


class Rank(NamedTuple):
    """Of two values the one that ranks higher is the document, of equals the last one.

    `likely`: nothing speaks against it.
    """

    likely: bool
    fenced: bool
    kind: int
    sound: bool


class Dropped(NamedTuple):
    """A value that could have been the document, from the offset `start` to the one behind it, `end`."""

    start: int
    end: int
    rank: Rank


class Candidate(Document):
    """`number` counts them from 0. `start`: the offset where it begins, `end`: the one behind it."""

    def __init__(self, number: int, cursor: Cursor, rules: Rules, rows: int) -> None:
        super().__init__(cursor, rules, rows)
        self.number = number
        self.start: int | None = None
        self.end: int | None = None
        self.fence: str | None = None
        self.bare = False

    def read_in(self, surroundings: Surroundings) -> Reading[None]:
        """From the cursor to behind all of it."""
        cursor = self._cursor
        self.start = cursor.offset(cursor.at)
        self.fence, self.bare = surroundings.fence, surroundings.bare
        if self.bare and cursor.ended:
            cursor.add("\n")  # the grammar waits for what follows a number
        try:
            yield from self.read()
            self.done = True
        except Unreadable as unreadable:
            reason, found = unreadable.args
            self.flaw = self._flaw(reason, cursor.offset(cursor.at), found)
            yield from self._skip(reason)
        self.end = cursor.offset(cursor.at)

    @property
    def bare_number(self) -> bool:
        """Nothing but the end of the reply tells that it is whole."""
        return self.bare and isinstance(self.root, int | float) and not isinstance(self.root, bool)

    @property
    def rank(self) -> Rank:
        fenced = self.fence is not None and (not self.fence or self.fence.startswith("json"))
        kind, sound = self._kind(), self.flaw is None
        if fenced and kind == SLIGHT:
            kind = LIST
        elif self.fence and not fenced and kind > ASIDE:
            kind = ASIDE
        return Rank(sound and kind > ASIDE, fenced and kind > ASIDE, kind, sound)

    def _kind(self) -> int:
        root = self.root
        if isinstance(root, dict) and root:
            schema = "$schema" in root or root == self._rules.schema
            return ASIDE if schema or (root.get("type") == "object" and "properties" in root) else OBJECT
        return LIST if isinstance(root, list) and root and isinstance(root[0], dict | list | str) else SLIGHT

    def _skip(self, flaw: Reason) -> Reading[None]:
        """Go past what can't be read on, as far as its brackets tell: no value in it is one of its own."""
        cursor, in_string = self._cursor, False
        prose = isinstance(self.root, list) or cursor.text[cursor.at : cursor.at + 1] == "{"  # as in `{{`
        remark = flaw in REMARKS and prose and self._kind() == SLIGHT
        brackets = [] if remark else [CLOSING[level.bracket] for level in self.levels]
        while brackets:
            while (match := MARK.search(cursor.text, cursor.at)) is None:
                end = len(cursor.text)
                cursor.at = end if cursor.ended else max(cursor.at, end - LONGEST_TAG)
                yield
            mark, cursor.at = match[0], match.end()
            if mark in ('"', "\n"):  # a quote too many is one up to the line's end
                in_string = mark == '"' and not in_string
            elif in_string or mark.startswith("\\"):
                continue
            elif match["end"]:
                cursor.at = match.start()
                return
            elif mark in "[{":
                brackets.append(CLOSING[mark])
            elif mark in brackets:
                while brackets.pop() != mark:  # one of the other kind closes what is in it
                    pass
