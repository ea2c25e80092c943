"""Who held a run back."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from typing import Literal

# The model and the way to it, a step of LangChain's, this server, the way to the reader; "": nobody.
Holder = Literal["model", "langchain", "server", "reader", ""]
# Seconds that a chunk may wait for its frame: frames are paced.
PACE = 0.1
# Seconds: what came later to the page than that was held on its way. It is told of at least so many frames,
# the latest of which was so late: less is how any network is.
LATE, LATEST, FEWEST = 0.25, 0.5, 3


class Holds:
    """Who was waited for how long at the most: whose turn it is passes from one to the other."""

    def __init__(self) -> None:
        self._longest: dict[Holder, float] = {}
        # Before the first chunk.
        self._first: dict[Holder, float] = {}
        self._since = 0.0
        self._by_model = False
        self._wired = False
        self._unseen: float | None = None
        # When each frame was sent.
        self._sent = array("d")

    def asks(self, at: float) -> None:
        """A request begins: what came before was LangChain's."""
        self._pass(at, "langchain", by_model=True)

    def reads(self, at: float) -> None:
        """The model has sent something of a reply."""
        self._wired = True
        if self._by_model:
            self._pass(at, "model", by_model=False)

    def gives(self, at: float, *, first: bool) -> None:
        """LangChain has given a chunk."""
        self._pass(at, "langchain" if self._wired else "model", by_model=True)
        if first:
            self._first, self._longest = self._longest, {}
        if self._unseen is None:
            self._unseen = at

    def shows(self, at: float, seconds: float) -> None:
        """A reader has taken a frame."""
        self._sent.append(at - seconds)
        if self._unseen is not None:
            self._add("server", at - seconds - self._unseen - PACE)
        self._add("reader", seconds)
        self._unseen = None

    def late(self, frames: Iterable[tuple[int, float, float]], busy: float) -> tuple[int, float]:
        """How many frames were held on the way to the page, and how long at the longest.

        `frames`: as the page saw them. It held them itself where it was `busy` for most of that.
        """
        late = [came - self._sent[number - 1] for number, came, _ in frames if number <= len(self._sent)]
        longest = max(late, default=0.0)
        held = sum(seconds > LATE for seconds in late)
        told = held >= FEWEST and longest > max(LATEST, 2 * busy)
        return (held, longest) if told else (0, 0.0)

    def begins(self, at: float) -> None:
        """An attempt: whatever a chain does before it asks its model is LangChain's."""
        self._since, self._by_model = at, False

    def longest(self, late: float, *, wait: bool) -> Holder:
        """`wait`: the one for the first chunk counts too; `late`: seconds of it that were this server's."""
        held = dict(self._longest)
        if wait or not held:
            first = {**self._first, "server": max(late, self._first.get("server", 0.0))}
            first["model"] = first.get("model", 0.0) - late
            held = {by: max(first.get(by, 0.0), held.get(by, 0.0)) for by in {**first, **held}}
        return max(held, key=lambda by: held[by], default="") if any(held.values()) else ""

    def _pass(self, at: float, by: Holder, *, by_model: bool) -> None:
        self._add(by, at - self._since)
        self._since, self._by_model = at, by_model

    def _add(self, by: Holder, seconds: float) -> None:
        if seconds > self._longest.get(by, 0.0):
            self._longest[by] = seconds
