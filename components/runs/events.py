"""One live run of a chosen chain, with its events."""

from collections.abc import AsyncGenerator
from dataclasses import replace
from typing import Any

from components.runs.ask import Ask, Prepare, messages, start
from components.runs.lab import Lab
from components.streaming import Connection, Frame, Stop, Trace
from components.streaming.stop import Approval


def frames(lab: Lab, ask: Ask, chain: str, trace: Trace, stop: Stop) -> AsyncGenerator[Frame]:
    """`chain`: a name in the registry of chains."""
    prepare = prepared(ask, chain, Approval(stop, trace))
    return start(lab, ask, "events", prepare, stop, trace=trace, rows=True)


def prepared(ask: Ask, chain: str, approval: Approval | None = None) -> Prepare:
    """Makes the chain, and its input."""

    def prepare(connection: Connection) -> tuple[Any, Any]:
        from components.chains.registry import build

        messages(connection, ask)  # there is room for them
        return build(chain, replace(connection, approval=approval), ask.message)

    return prepare
