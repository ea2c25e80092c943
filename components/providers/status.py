"""Whether a provider can answer now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from components.streaming.faults import Fault


@dataclass(frozen=True, slots=True)
class Status:
    """`done` and `total` are bytes while weights come, else 0."""

    state: Literal["ready", "fetching", "loading", "failed"] = "ready"
    done: int = 0
    total: int = 0
    fault: Fault | None = None
