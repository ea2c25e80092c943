"""What is to be seen of a text that a program is sent piece by piece."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise


def check_grows(texts: Sequence[str]) -> None:
    """More than three, each of which goes on where the one before ended."""
    assert len(set(texts)) > 3
    for text, longer in pairwise(texts):
        assert longer.startswith(text)
