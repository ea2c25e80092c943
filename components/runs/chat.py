"""One reply to a message: the chat chain over what a session chose."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from components.runs.ask import Ask
from components.runs.lab import Lab
from components.runs.source import open_source
from components.streaming import Connection, Frame, Stop, run
from components.streaming.pacing import INTERVAL

if TYPE_CHECKING:
    from components.streaming.events import Recorder


async def frames(
    lab: Lab,
    ask: Ask,
    stop: Stop,
    recorder: Recorder | None = None,
    *,
    kind: str = "chat",
    drawing: float = 0.0,
    interval: float = INTERVAL,
) -> AsyncIterator[Frame]:
    """The engine's frames; `recorder` keeps the events of `astream_events`, `kind` stands in the log.

    `drawing`, `interval`: as for `run`.
    """

    def prepare(connection: Connection) -> tuple[Any, Any]:
        from components.chains import chat
        from components.chains.conversation import messages_for

        said = messages_for(
            [*ask.history, ("user", ask.message)],
            system=ask.system,
            window=_window(lab, ask, connection.window),
            reply=ask.choice.max_tokens,
            count_tokens=connection.count_tokens,
        )
        return chat.build(connection.model), {"messages": said}

    running = run(
        lambda: open_source(lab, ask, prepare),
        method=ask.method,
        stop=stop,
        live=lab.live,
        admission=lab.admission(ask, kind),
        recorder=recorder,
        drawing=drawing,
        interval=interval,
    )
    async with aclosing(running) as given:  # type: ignore[type-var]
        async for frame in given:
            yield frame


def _window(lab: Lab, ask: Ask, window: int) -> int:
    """Tokens. Where messages have a limit, the conversation before one isn't sent beyond it either: on the
    owner's key a long one would cost as much as a hundred messages.
    """
    most = lab.settings.message_characters
    if ask.visitor is None or not most:
        return window
    most += ask.choice.max_tokens
    return min(window, most) if window else most
