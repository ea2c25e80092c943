"""One live run of a chosen chain, with its events."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any

from components.runs.ask import Ask, messages, start
from components.runs.lab import Lab
from components.streaming import Connection, Frame, Stop, Trace


def frames(lab: Lab, ask: Ask, chain: str, trace: Trace, stop: Stop) -> AsyncGenerator[Frame]:
    """`chain`: a name in the registry of chains."""

    def prepare(connection: Connection) -> tuple[Any, Any]:
        from components.chains.registry import CHAINS

        messages(connection, ask)  # there is room for them
        return CHAINS[chain](connection, ask.message)

    return start(lab, ask, "events", prepare, stop, trace=trace, rows=True)
