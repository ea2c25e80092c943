"""JSON that grows: a reply is fed as it comes, and at any moment one sees what is true of it so far.

Why our own reader: the table of fields and a verdict with a place need a scanner that knows the path it is
on. jiter and the lenient parsers read all of it anew each time, know no paths, and lose what stands behind a
raw line break or a wrong escape; ijson and jsonriver say nothing of what is open, or round integers.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from io import StringIO
from typing import Any, Final

from components.streaming.json.candidate import Candidate, Dropped
from components.streaming.json.cursor import Cursor, Reading
from components.streaming.json.document import NOTHING
from components.streaming.json.fields import JsonField
from components.streaming.json.rules import Rules
from components.streaming.json.surroundings import Surroundings

# Rows of the table; a document of 200 KB can have a hundred thousand fields, a page can't.
ROWS: Final = 2000


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What is true now.

    `found`: a value has begun, `value` is what there is of it (None before, and for null). Values that are
    settled are shared by all snapshots: read, don't change them. `changed`: the rows that are new or differ
    from the last snapshot. `total` counts the fields, also those that don't stand in the table. `revision` is
    another when `value` has changed; its first number when that is of another value in the reply, and all its
    rows are in `changed`. It may hold integers that a browser would round, or Gradio refuse to send: see
    `portable`.
    """

    found: bool
    value: Any
    changed: tuple[JsonField, ...]
    total: int
    revision: tuple[int, int]


class GrowingJson:
    """Reads one reply. Feeding costs by the new text, a snapshot by what is open and what has changed.

    Of several values the likeliest is the document (see `Rank`): shown as it grows, and left for a likelier
    one that comes later.

    Numbers: integers are exact, fractions doubles as `json.loads` makes them, their digits as written stand
    in the fields. A number, true, false or null is there only when whole; half an escape waits for its end.
    Of a repeated key the last value counts, and each has a row of its own. A lone surrogate becomes U+FFFD.
    """

    def __init__(self, schema: Mapping[str, Any] | None = None, *, rows: int = ROWS) -> None:
        self._cursor = Cursor()
        self._rules = Rules(schema)
        self._rows = rows
        self._surroundings = Surroundings(self._cursor)
        self._best = Candidate(0, self._cursor, self._rules, rows)
        self._best.require(self._rules.root, "")
        self._last = self._best  # what is being read
        self._dropped: list[Dropped] = []
        self._reply = StringIO()
        self._shown: tuple[tuple[int, int], Any] = ((-1, -1), NOTHING)
        self._reading = self._all()

    def feed(self, text: str, at: float = 0.0) -> None:
        """The reply's next characters, which came at `at` seconds. After `end` nothing may come."""
        if self._cursor.ended:
            raise RuntimeError("the reply has ended")
        self._reply.write(text)
        self._cursor.now = at
        self._cursor.add(text)
        next(self._reading)

    def end(self, at: float = 0.0) -> None:
        """Nothing more comes: what could be told only by what follows is told now."""
        if not self._cursor.ended:
            self._cursor.now, self._cursor.ended = at, True
            next(self._reading)
            self._settle()

    def snapshot(self) -> Snapshot:
        """As it is now; asking again takes `changed` from here."""
        chosen = self.chosen
        before, value = self._shown
        revision = (chosen.number, chosen.revision)
        if revision != before:
            value = chosen.value()
            self._shown = (revision, value)
        return Snapshot(
            found=value is not NOTHING,
            value=None if value is NOTHING else value,
            changed=tuple(chosen.table.changes(whole=revision[0] != before[0])),
            total=chosen.table.total,
            revision=revision,
        )

    @property
    def reply(self) -> str:
        """All that was fed."""
        return self._reply.getvalue()

    @property
    def chosen(self) -> Candidate:
        """The likeliest value so far: the best, or one that comes after it."""
        best, last = self._best, self._last
        thought = best.start is not None and best.start < self._surroundings.thought_end
        return last if last is best or thought or last.rank >= best.rank else best

    @property
    def dropped(self) -> list[Dropped]:
        """The others that stood in no thought."""
        return [each for each in self._dropped if each.start >= self._surroundings.thought_end]

    def _all(self) -> Reading[None]:
        candidate = self._best
        while True:
            yield from self._surroundings.find()
            if candidate.start is not None:
                candidate = Candidate(candidate.number + 1, self._cursor, self._rules, self._rows)
            self._last = candidate
            yield from candidate.read_in(self._surroundings)
            self._settle()

    def _settle(self) -> None:
        """What was being read is whole, or won't be."""
        best, last = self.chosen, self._last
        other = self._best if last is best else last
        if other is not best and other.start is not None and other.end is not None and other.rank.likely:
            self._dropped.append(Dropped(other.start, other.end, other.rank))
        self._best = self._last = best
