"""One live run of a chosen chain, with its events."""

from collections.abc import AsyncGenerator

from components.runs.ask import Ask, prepared, start
from components.runs.lab import Lab
from components.streaming import Frame, Stop, Trace


def frames(lab: Lab, ask: Ask, chain: str, trace: Trace, stop: Stop) -> AsyncGenerator[Frame]:
    """`chain`: a name in the registry of chains."""
    return start(lab, ask, "events", prepared(lab, ask, chain), stop, trace=trace, rows=True)
