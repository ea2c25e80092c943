"""The chains by name. Nothing is imported before one is asked for."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from langchain_core.runnables import Runnable

    from components.streaming import Connection

# Those that `astream_events` v3 can read.
GRAPHS: Final = ("graph", "branches", "approval", "agent", "streaming_tool")
# Each is a file with a function `build(connection)`. All but the first two are read by their events only.
CHAINS: Final = ("chat", "json", "retrieval", "tools", *GRAPHS)
# The event that says that no tool ran.
NOT_CALLED: Final = "tool_not_called"


def build(name: str, connection: Connection, prompt: str) -> tuple[Runnable[Any, str], Any]:
    """The chain over a connection's model, and a prompt as the chain's input."""
    built = import_module(f"components.chains.{name}").build(connection)
    if name != "chat":
        return built, {"prompt": prompt}
    from langchain_core.messages import HumanMessage

    return built, {"messages": [HumanMessage(prompt)]}
