"""What is to be seen of a text that a program is sent piece by piece."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Final, TypeVar

from tests.servers.openai_api import OpenAIServer

Piece = TypeVar("Piece")
# Whoever reads it `releasing` has more than three pieces, however busy the machine is.
HELD: Final = "hold_after=10+20+30"


def releasing(came: Iterable[Piece], server: OpenAIServer, id: str = "") -> Iterator[Piece]:
    """What came; at each the model goes on."""
    for piece in came:
        yield piece
        server.release(id)


def check_grows(texts: Sequence[str]) -> None:
    """More than three, each of which goes on where the one before ended."""
    assert len(set(texts)) > 3
    for text, longer in pairwise(texts):
        assert longer.startswith(text)
