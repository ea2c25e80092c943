"""What came of a run, whatever it showed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from components.locale import Words
    from components.streaming import Fault


class Shown(Protocol):
    """`whole`: all that was asked for has come."""

    @property
    def whole(self) -> bool: ...

    @property
    def fault(self) -> Fault | None: ...

    def line(self, words: Words) -> str:
        """The figures, for `err`."""
