"""From what a session chose to a running chain."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from components.runs.lab import Lab
from components.streaming import READERS, Connection, Failure, Frame, Reader, Stop, run

if TYPE_CHECKING:
    from langchain_core.runnables import Runnable

    from components.runs.ask import Ask

    Prepare = Callable[[Connection], tuple[Runnable[Any, Any], Any]]


def start(
    lab: Lab,
    ask: Ask,
    kind: str,
    prepare: Prepare,
    stop: Stop,
    *,
    reader: Reader | None = None,
    schema: int = 0,
    **view: Any,
) -> AsyncGenerator[Frame]:
    """The engine's frames of a run over the session's provider.

    Args:
        kind: of run, for the log.
        prepare: makes the chain and its input over a connection.
        reader: reads it; without one, the method that was asked for.
        schema: characters of one that is sent with the message.
        view: see `run`.
    """
    return run(
        lambda: _connect(lab, ask, prepare),
        reader or READERS[ask.method],
        stop=stop,
        live=lab.live,
        admission=lab.admission(ask, kind, schema),
        **view,
    )


def _connect(lab: Lab, ask: Ask, prepare: Prepare) -> Connection:
    """
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
        return connection.with_chain(*prepare(connection))
    except BaseException:
        connection.close()
        raise
