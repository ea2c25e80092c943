"""One live run of a chosen chain, with its events."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import replace
from typing import Any

from components.runs.ask import Ask, messages, start
from components.runs.lab import Lab
from components.streaming import TYPED, Connection, Frame, Stop, Trace
from components.streaming.stop import Approval


def frames(
    lab: Lab, ask: Ask, chain: str, trace: Trace, stop: Stop, *, version: str = "v2"
) -> AsyncGenerator[Frame]:
    """`chain`: a name in the registry of chains. `version`: of `astream_events`; "v3" reads graphs only."""

    def prepare(connection: Connection) -> tuple[Any, Any]:
        from components.chains.registry import build

        messages(connection, ask)  # there is room for them
        asking = replace(connection, approval=Approval(stop, trace))
        return build(chain, asking, ask.message)

    reader = TYPED if version == "v3" else None
    return start(lab, ask, "events", prepare, stop, reader=reader, trace=trace, rows=True)
