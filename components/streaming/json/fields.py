"""The table of fields: what has been seen of each value, and when."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final, Literal

Kind = Literal["", "object", "array", "string", "number", "true", "false", "null"]
State = Literal["missing", "growing", "complete"]

# Characters of a value that the table shows.
PREVIEW: Final = 120
# A longer path is counted, not listed: thousands of fields under one huge key would be huge together.
LONGEST_POINTER: Final = 1000


@dataclass(slots=True)
class JsonField:
    """One value of the document; `id` numbers the rows from 0 in the order they came to stand in the table.

    `pointer` is RFC 6901; it names a value twice only where a key is repeated. `kind` is "" while missing.
    `value` is the start of a string, a number's digits as they were written, a literal, or "" for a
    container; `size` counts the characters of a string, or a container's members. Times are in seconds on
    the clock of whoever feeds the reader.
    """

    id: int
    pointer: str
    kind: Kind = ""
    value: str = ""
    size: int = 0
    first_seen: float | None = None
    completed: float | None = None

    @property
    def state(self) -> State:
        if self.first_seen is None:
            return "missing"
        return "growing" if self.completed is None else "complete"


class Table:
    """At most `limit` rows are listed, in the order they came; `total` counts all."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._rows: list[JsonField] = []
        self._changed: set[int] = set()
        self._missing: dict[str | None, JsonField | None] = {}
        self.total = 0

    def require(self, pointer: str) -> None:
        """The schema wants a value there; it stands as missing until it is seen."""
        if pointer not in self._missing:
            self._missing[pointer] = self._add(pointer)

    def see(self, pointer: str | None, kind: Kind, at: float) -> JsonField | None:
        """A value's first character has come. None when its row isn't listed, as without a pointer."""
        row = self._missing.pop(pointer, None) or self._add(pointer)
        if row is not None:
            row.kind, row.first_seen = kind, at
            self._changed.add(row.id)
        return row

    def grow(self, row: JsonField | None, value: str, size: int, completed: float | None = None) -> None:
        if row is not None and (row.size, row.value, row.completed) != (size, value[:PREVIEW], completed):
            row.value, row.size, row.completed = value[:PREVIEW], size, completed
            self._changed.add(row.id)

    @property
    def room(self) -> int:
        """How many more rows can be listed."""
        return self._limit - len(self._rows)

    def listing(self) -> bool:
        """Whether a value's row might be listed: there is room, or it may be one that is missing so far."""
        return self.room > 0 or bool(self._missing)

    def changes(self, *, whole: bool = False) -> Iterator[JsonField]:
        """The rows that changed since this was last asked, or all; each as it is now, in the order of ids."""
        changed, self._changed = self._changed, set()
        for number in range(len(self._rows)) if whole else sorted(changed):
            yield replace(self._rows[number])

    def _add(self, pointer: str | None) -> JsonField | None:
        self.total += 1
        if pointer is None or not self.room or len(pointer) > LONGEST_POINTER:
            return None
        row = JsonField(len(self._rows), pointer)
        self._rows.append(row)
        self._changed.add(row.id)
        return row
