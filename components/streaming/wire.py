"""What only the wire says of a run: when its bytes came, how the stream ended, what was asked without."""

from __future__ import annotations

from dataclasses import dataclass, field

from components.streaming.records import Read
from components.streaming.trace import Trace


@dataclass(slots=True)
class Wire:
    """Of the requests over one connection. Filled by whoever reads it, from one thread at a time.

    `trace`: where its records go. `reply`: the last one's id, where its server gives it one. `done`: it said
    itself that nothing more comes. `refusal`: the model's words where it refused to answer; `ending`: the
    provider's about why the reply ended. `notes`: see `Ending`.
    """

    trace: Trace = field(default_factory=Trace)
    reply: str = ""
    done: bool = False
    refusal: str = ""
    ending: str = ""
    notes: list[tuple[str, str]] = field(default_factory=list)

    def read(self, size: int, *, content: bool, at: float | None = None) -> None:
        """So many bytes have come, `at` that time or now; with something of a reply in them, or without."""
        self.trace.add(Read(self.trace.now() if at is None else at, size, content))

    def note(self, kind: str, value: str) -> None:
        if (kind, value) not in self.notes:
            self.notes.append((kind, value))
