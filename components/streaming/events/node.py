"""One run of the tree: a step of the chain, from its start event to its end."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any, Literal

State = Literal[
    "open",
    "ended",
    "failed",  # it said so itself, or was open when its attempt failed
    "stopped",  # it was open when the run was stopped
    "never_ended",  # it was open when its attempt ended: it failed and another took its place, or it leaked
    "unknown",  # of this run nothing but its custom events was asked for
]


@dataclass(slots=True)
class Node:
    """Times in seconds since the first request; `start` is None when the start event was filtered out.

    `parent`: the run's real parent, "" for a root; `under`: its nearest ancestor in this tree. `count`: its
    stream events; `first`: when the first with text came. `input` and `output`: one line each, from the event
    with the number `input_in` or `output_in`; the input may come with the end.
    """

    id: str
    parent: str
    under: str
    name: str
    type: str
    tags: list[str]
    metadata: dict[str, Any]
    attempt: int
    start: float | None = None
    end: float | None = None
    state: State = "open"
    first: float | None = None
    count: int = 0
    input: str | None = None
    input_in: int | None = None
    output: str | None = None
    output_in: int | None = None
    # What came since it was last shown.
    ticks: list[float] = field(default_factory=list)
    customs: list[dict[str, Any]] = field(default_factory=list)

    def show(self) -> dict[str, Any]:
        """As JSON data: `ticks` and `customs` not shown before, input and output as one line."""
        shown = {field.name: getattr(self, field.name) for field in fields(self)}
        self.ticks, self.customs = [], []
        return shown
