"""The chains by name. Nothing is imported before one is asked for."""

from importlib import import_module
from typing import Any, Final

from components.streaming import Connection

# Those that `astream_events` v3 can read.
GRAPHS: Final = ("graph", "branches", "approval", "agent", "streaming_tool")
# Each is a file with a function `build(connection)`. All but the first two are read by their events only.
CHAINS: Final = ("chat", "json", "retrieval", "tools", *GRAPHS)
# The event that says that no tool ran.
NOT_CALLED: Final = "tool_not_called"


def build(name: str, connection: Connection) -> Any:
    """The chain over a connection's model, which gives text. Its input is `{"prompt": ...}`, but for the chat
    chain's.
    """
    return import_module(f"components.chains.{name}").build(connection)
