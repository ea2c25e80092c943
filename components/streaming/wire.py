"""What only the wire says of a run: when its bytes came, how the stream ended, what was asked without."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

# Reads that are kept, the newest; all are counted.
READS: Final = 10_000


class Read(NamedTuple):
    """`at`: in `time.perf_counter()` seconds; `size`: bytes."""

    at: float
    size: int


@dataclass(slots=True)
class Wire:
    """Of the requests over one connection. Filled by whoever reads it, from one thread at a time.

    `done`: the last reply said itself that nothing more comes. `refusal`: the model's words where it refused
    to answer. `timings`, `prompt_progress`: llama.cpp's own. `notes`: pairs of what was done to the request
    so that the server takes it, such as ("left_out", "temperature"), and to what.
    """

    reads: deque[Read] = field(default_factory=lambda: deque(maxlen=READS))
    count: int = 0
    first_byte: float | None = None
    done: bool = False
    refusal: str = ""
    timings: Mapping[str, Any] = field(default_factory=dict)
    prompt_progress: Mapping[str, Any] = field(default_factory=dict)
    notes: list[tuple[str, str]] = field(default_factory=list)

    def read(self, size: int) -> None:
        """Bytes have come."""
        at = time.perf_counter()
        if self.first_byte is None:
            self.first_byte = at
        self.count += 1
        self.reads.append(Read(at, size))

    def note(self, kind: str, value: str) -> None:
        if (kind, value) not in self.notes:
            self.notes.append((kind, value))
