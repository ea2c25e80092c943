"""One reply to a message: the chat chain over what a session chose."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any

from components.runs.ask import Ask, Prepare, messages, start
from components.runs.lab import Lab
from components.streaming import Connection, Frame, Stop


def frames(lab: Lab, ask: Ask, stop: Stop, *, kind: str = "chat", **view: Any) -> AsyncGenerator[Frame]:
    """`kind` stands in the log; `view`: see `run`."""
    return start(lab, ask, kind, prepared(lab, ask), stop, **view)


def prepared(lab: Lab, ask: Ask, *, waits: bool = False) -> Prepare:
    """Makes the chain, and its input: what was said, as far as there is room. `waits`: see the chain."""

    def prepare(connection: Connection) -> tuple[Any, Any]:
        from components.chains import chat

        window = _window(lab, ask, connection.window)
        said = messages(connection, ask, system=ask.system, window=window)
        return chat.build(connection, waits=waits), {"messages": said}

    return prepare


def _window(lab: Lab, ask: Ask, window: int) -> int:
    """Tokens. Where messages have a limit, the conversation before one isn't sent beyond it either: on the
    owner's key a long one would cost as much as a hundred messages.
    """
    most = lab.settings.message_characters
    if ask.visitor is None or not most:
        return window
    most += ask.choice.max_tokens
    return min(window, most) if window else most
