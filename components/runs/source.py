"""From what a session chose to what the engine reads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from components.runs.lab import Lab
from components.streaming import Connection, Failure

if TYPE_CHECKING:
    from langchain_core.runnables import Runnable

    from components.runs.ask import Ask

    Prepare = Callable[[Connection], tuple[Runnable[Any, Any], Any]]


def open_source(lab: Lab, ask: Ask, prepare: Prepare) -> Connection:
    """Open the session's provider; `prepare` makes the chain and its input over the connection.

    Raises:
        Failure: there is nothing to ask, or not so, or the provider can't be opened.
    """
    provider = lab.providers[ask.choice.provider]
    if not ask.message.strip():
        raise Failure("empty_message")
    choice = ask.choice
    if choice.temperature is not None and not 0 <= choice.temperature <= 2:
        raise Failure("bad_setting", field="temperature")
    connection = provider.open(replace(choice, max_tokens=min(choice.max_tokens, lab.longest_reply)))
    try:
        chain, value = prepare(connection)
    except BaseException:
        connection.close()
        raise
    return connection.with_chain(chain, value)
