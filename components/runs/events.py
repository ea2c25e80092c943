"""One live run of a chosen chain, with its events."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from components.runs.ask import Ask, start
from components.runs.lab import Lab
from components.streaming import Connection, Stop
from components.streaming.events import About, EventFrame, Recorder


def about(lab: Lab, ask: Ask, chain: str) -> About:
    choice = ask.choice
    provider = lab.providers[choice.provider]
    return About(choice.provider, provider.model_of(choice), chain, provider.packages)


async def frames(
    lab: Lab, ask: Ask, chain: str, recorder: Recorder, stop: Stop
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

    async with aclosing(start(lab, ask, "events", prepare, stop, recorder=recorder)) as running:
        async for frame in running:
            if frame.report is None:
                yield recorder.frame(frame.retry, frame.place)
    for last in recorder.last_frames():
        yield last
