"""JSON that grows: a reply is fed as it comes, and at any moment one sees what is true of it so far.

Why our own reader. What was looked at, over 263 KB in 4-character chunks:
- jiter 0.19 (`partial_mode="trailing-strings"`) parses all of it anew each time, 0.6 s with a look every 100
  chunks; it knows no paths, no positions of what is open and no states, takes `NaN` and `12` cut from `123`
  for values, and refuses raw control characters, after which nothing of the reply is left.
- jsonriver 1.0 comes nearest: incremental, 0.4 s. But it makes every number a float, yields for each token,
  takes only an async iterator, says neither where it is nor where it failed, and stops at the first fence.
- ijson 3.6 (yajl) is incremental and quickest, but a string exists for it only when it has ended.
- json-stream, partial-json-parser, partialjson, json-repair: pulled, or parsing everything anew, or guessing.
The table of fields and a verdict with a place need a scanner that knows the path it is on; one that also
keeps the values makes a second parser needless.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from components.streaming.json.cursor import Cursor
from components.streaming.json.document import NOTHING, Document
from components.streaming.json.fields import Field, Table
from components.streaming.json.flaws import Flaw, Place
from components.streaming.json.grammar import Grammar
from components.streaming.json.rules import Rules
from components.streaming.json.surroundings import Around, Surroundings

# Rows of the table; a document of 200 KB can have a hundred thousand fields, a page can't.
ROWS: Final = 2000


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What is true now.

    `found`: a value has begun, `value` is what there is of it (None before, and for null). Values that are
    settled are shared by all snapshots: read, don't change them. `changed`: the rows that are new or differ
    from the last snapshot. `listed` of `total` fields stand in the table. `revision` goes up when `value`
    changes. `safe`: it holds no integer that a browser would round, or Gradio refuse to send: else see
    `portable`.
    """

    found: bool
    value: Any
    changed: tuple[Field, ...]
    listed: int
    total: int
    revision: int
    safe: bool


@dataclass(frozen=True, slots=True)
class Ending:
    """Where reading stands. `characters`: of the reply. `pointer`: inside which value.

    `flaw` ended reading; `notes` (of `noted`) didn't; `harm` is the first that JSON forbids. `number`: the
    document is one bare number, so nothing but the end of the reply told that it was whole.
    """

    characters: int
    blank: bool
    found: bool
    done: bool
    number: bool
    pointer: str
    flaw: Flaw | None
    notes: tuple[Flaw, ...]
    noted: int
    harm: Flaw | None
    another: Place | None
    around: Around | None


class GrowingJson:
    """Reads one reply. Feeding costs by the new text, a snapshot by what is open and what has changed.

    Numbers: integers are exact, fractions doubles as `json.loads` makes them, their digits as written stand
    in the fields. A number, true, false or null is there only when whole; half an escape waits for its end.
    Of a repeated key the last value counts, and each has a row of its own. A lone surrogate becomes U+FFFD.
    """

    def __init__(self, schema: Mapping[str, Any] | None = None, *, rows: int = ROWS) -> None:
        self._cursor = Cursor()
        self._table = Table(rows)
        self._document = Document(Rules(schema), self._table)
        self._grammar = Grammar(self._cursor, self._document)
        self._surroundings = Surroundings(self._cursor)
        self._begun = False
        self._blank = True
        self._characters = 0
        self._shown: tuple[int, Any] = (-1, NOTHING)

    def feed(self, text: str, at: float = 0.0) -> None:
        """The reply's next characters, which came at `at` seconds. After `end` nothing may come."""
        if self._cursor.ended:
            raise RuntimeError("the reply has ended")
        self._characters += len(text)
        self._blank = self._blank and not text.strip(" \t\r\n\ufeff")
        self._document.now = at
        if self._grammar.flaw is None:
            self._cursor.add(text)
            self._read()

    def end(self, at: float = 0.0) -> Ending:
        """Nothing more comes: what could be told only by what follows is told now."""
        if not self._cursor.ended:
            self._document.now = at
            self._cursor.ended = True
            if self._grammar.flaw is None:
                self._read()
        return self._ending()

    def snapshot(self) -> Snapshot:
        """As it is now; asking again takes `changed` from here."""
        value = self._value()
        return Snapshot(
            found=value is not NOTHING,
            value=None if value is NOTHING else value,
            changed=tuple(self._table.changes()),
            listed=self._table.listed,
            total=self._table.total,
            revision=self._document.revision,
            safe=self._document.safe,
        )

    def _value(self) -> Any:
        revision = self._document.revision
        if self._shown[0] != revision:
            self._shown = (revision, self._document.value())
        return self._shown[1]

    def _read(self) -> None:
        if not self._begun:
            self._begun = self._surroundings.find()
            if self._begun and self._surroundings.bare and self._cursor.ended:
                self._cursor.add("\n")  # the grammar waits for what follows a number
        if self._begun:
            self._grammar.read()
        if self._grammar.done:
            self._surroundings.skip()

    def _ending(self) -> Ending:
        grammar, surroundings = self._grammar, self._surroundings
        value = self._value()
        return Ending(
            characters=self._characters,
            blank=self._blank,
            found=self._begun,
            done=grammar.done,
            number=surroundings.bare and isinstance(value, int | float) and not isinstance(value, bool),
            pointer=self._document.pointer(),
            flaw=grammar.flaw,
            notes=tuple(grammar.notes),
            noted=grammar.noted,
            harm=grammar.harm,
            another=surroundings.another,
            around=surroundings.around(),
        )
