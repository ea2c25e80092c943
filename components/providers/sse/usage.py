"""A reply's usage, however its server sends it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# Nobody counts so many tokens.
MOST = 10**12


class Usage:
    """The greatest count of each kind: with every chunk servers send the sum so far, or parts of it."""

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}
        self.details: dict[str, dict[str, int]] = {}

    def take(self, given: object) -> None:
        if isinstance(given, Mapping):
            _greatest(self.counts, given)
            for name, of_it in given.items():
                if isinstance(of_it, Mapping):
                    _greatest(self.details.setdefault(name, {}), of_it)

    @property
    def told(self) -> dict[str, Any] | None:
        """In OpenAI's form; None where the server hasn't told what it wrote."""
        counts = self.counts
        asked = counts.get("prompt_tokens", counts.get("input_tokens", 0))
        wrote = counts.get("completion_tokens", counts.get("output_tokens"))
        if wrote is None:
            return None
        total = max(asked + wrote, counts.get("total_tokens", 0))
        told: dict[str, Any] = {"prompt_tokens": asked, "completion_tokens": wrote, "total_tokens": total}
        return {**told, **self.details}


def _greatest(counts: dict[str, int], given: Mapping[str, Any]) -> None:
    for name, told in given.items():
        count = int(told) if isinstance(told, str) and told.isdecimal() else told
        if isinstance(count, int | float) and not isinstance(count, bool) and 0 <= count < MOST:
            counts[name] = max(counts.get(name, 0), int(count))
