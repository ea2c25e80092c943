"""How a run reads its chain: by one of LangChain's methods, or by any code that hands on what comes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from components.streaming.parts import PartKind
from components.streaming.text import text_of

if TYPE_CHECKING:
    from langchain_core.runnables import RunnableConfig

    from components.streaming.connection import Connection

    Put = Callable[[Any], None]
    # Reads to the end, under a config with the engine's callbacks; the last argument takes each chunk.
    Read = Callable[[Connection, RunnableConfig, Put], Awaitable[None] | None]


@dataclass(frozen=True, slots=True)
class Reader:
    """`name`: a report's method. `text`: a chunk as it is shown, as a part of `kind`.

    `blocks`: `read` is a plain function, which gets a thread of its own; else it is awaited on the loop.
    `rests`: that thread may be made to pause after a chunk, so that the loop can show it.
    """

    name: str
    read: Read
    blocks: bool = False
    rests: bool = False
    text: Callable[[Any], str] = text_of
    kind: PartKind = "text"
