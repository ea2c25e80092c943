"""What one run is asked: a message, what was said before it, and over which model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from components.providers import Choice
from components.streaming.text import sendable

Turn = tuple[Literal["user", "assistant"], str]


@dataclass(frozen=True, slots=True)
class Ask:
    """Everything one run needs; made anew for each, so that no session sees another's choice.

    `visitor`: a hash of who asks, None for the owner in a terminal. `waits`: in line, when too many runs are
    under way.
    """

    message: str
    history: Sequence[Turn]
    choice: Choice
    system: str
    method: str
    visitor: str | None = None
    waits: bool = True

    def __post_init__(self) -> None:
        """Half an emoji, or a byte of the command line that is no text, is replaced, whatever the way in."""
        object.__setattr__(self, "message", sendable(self.message))
        object.__setattr__(self, "system", sendable(self.system))
        object.__setattr__(self, "history", [(role, sendable(text)) for role, text in self.history])
        object.__setattr__(self, "choice", replace(self.choice, model=sendable(self.choice.model)))


def known(ask: Ask) -> dict[str, str]:
    """What sentences about a fault need and the fault itself doesn't know."""
    return {"provider": ask.choice.provider, "model": ask.choice.model, "method": ask.method}
