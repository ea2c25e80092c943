"""One live run of a chosen chain, with its events."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any

from components.runs.ask import Ask, start
from components.runs.lab import Lab
from components.streaming import Connection, Stop, Trace
from components.streaming.events import EventFrame, View, event_frames
from components.streaming.trace import About


def about(lab: Lab, ask: Ask, chain: str) -> About:
    choice = ask.choice
    provider = lab.providers[choice.provider]
    return About(choice.provider, provider.model_of(choice), chain, provider.packages)


def frames(
    lab: Lab, ask: Ask, chain: str, trace: Trace, stop: Stop, view: View | None = None
) -> AsyncGenerator[EventFrame]:
    """`chain`: a name in the registry of chains."""

    def prepare(connection: Connection) -> tuple[Any, Any]:
        from components.chains.conversation import messages_for
        from components.chains.registry import CHAINS

        # Nothing is cut: half a prompt would ask for something else.
        messages_for(
            [("user", ask.message)],
            system="",
            window=connection.window,
            reply=ask.choice.max_tokens,
            count_tokens=connection.count_tokens,
        )
        return CHAINS[chain](connection, ask.message)

    return event_frames(start(lab, ask, "events", prepare, stop, trace=trace, rows=True), view)
