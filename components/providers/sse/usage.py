"""A reply's usage, however its server sends it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

# The same counts by OpenAI's names, by newer ones, by other SDKs' and by llama.cpp's.
ASKED = ("prompt_tokens", "input_tokens", "promptTokens", "inputTokens")
WROTE = ("completion_tokens", "output_tokens", "completionTokens", "outputTokens", "predicted_n")
TOTAL = ("total_tokens", "totalTokens")
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
        asked, wrote, total = map(self._count, (ASKED, WROTE, TOTAL))
        if wrote is None and asked is not None and total is not None:
            wrote = max(0, total - asked)
        if wrote is None:
            return None
        thought = max(of_it.get("reasoning_tokens", 0) for of_it in (self.counts, *self.details.values()))
        if thought > wrote:  # xAI counts the text alone
            wrote += thought
        asked = asked or 0
        told: dict[str, Any] = {"prompt_tokens": asked, "completion_tokens": wrote, **self.details}
        if thought:
            told["completion_tokens_details"] = {"reasoning_tokens": thought}
        return {**told, "total_tokens": max(asked + wrote, total or 0)}

    def _count(self, names: Iterable[str]) -> int | None:
        return next((self.counts[name] for name in names if name in self.counts), None)


def _greatest(counts: dict[str, int], given: Mapping[str, Any]) -> None:
    for name, told in given.items():
        try:
            count = float(told) if isinstance(told, str) else told
        except ValueError:
            continue
        if isinstance(count, int | float) and not isinstance(count, bool) and 0 <= count < MOST:
            counts[name] = max(counts.get(name, 0), int(count))
