"""One live run of a chosen chain, with its events."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

from components.runs.ask import Ask
from components.runs.lab import Lab
from components.runs.source import open_source
from components.streaming import Connection, Stop
from components.streaming.events import About, EventFrame, Recorder, event_frames


def about(lab: Lab, ask: Ask, chain: str) -> About:
    choice = ask.choice
    provider = lab.providers[choice.provider]
    return About(choice.provider, provider.model_of(choice), chain, provider.packages)


async def frames(lab: Lab, ask: Ask, chain: str, recorder: Recorder, stop: Stop) -> AsyncIterator[EventFrame]:
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

    running = event_frames(
        lambda: open_source(lab, ask, prepare),
        recorder,
        stop=stop,
        live=lab.live,
        admission=lab.admission(ask, "events"),
    )
    async with aclosing(running) as given:  # type: ignore[type-var]
        async for frame in given:
            yield frame
