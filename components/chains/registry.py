"""The chains by name. Nothing is imported before one is asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from langchain_core.runnables import Runnable

    from components.streaming import Connection

    Built = tuple[Runnable[Any, str], Any]

# Any object: what the JSON chain is held to here.
OBJECT: Final[dict[str, Any]] = {"type": "object"}


def _chat(connection: Connection, prompt: str) -> Built:
    from langchain_core.messages import HumanMessage

    from components.chains import chat

    return chat.build(connection.model), {"messages": [HumanMessage(prompt)]}


def _json(connection: Connection, prompt: str) -> Built:
    from components.chains import json

    return json.build(connection, OBJECT, constrain=True), {"prompt": prompt}


def _retrieval(connection: Connection, prompt: str) -> Built:
    from components.chains import retrieval

    return retrieval.build(connection.model), {"prompt": prompt}


def _tools(connection: Connection, prompt: str) -> Built:
    from components.chains import tools

    return tools.build(connection), {"prompt": prompt}


def _graph(connection: Connection, prompt: str) -> Built:
    from components.chains import graph

    return graph.build(connection.model), {"prompt": prompt}


def _agent(connection: Connection, prompt: str) -> Built:
    from components.chains import agent
    from components.chains.tools import count_letters

    return agent.build(connection, count_letters, name="agent"), {"prompt": prompt}


def _streaming_tool(connection: Connection, prompt: str) -> Built:
    from components.chains import agent
    from components.chains.streaming_tool import spell_out

    return agent.build(connection, spell_out, name="streaming_tool"), {"prompt": prompt}


def _branches(connection: Connection, prompt: str) -> Built:
    from components.chains import branches

    return branches.build(connection.model), {"prompt": prompt}


def _approval(connection: Connection, prompt: str) -> Built:
    from components.chains import approval

    return approval.build(connection), {"prompt": prompt}


# Those that `astream_events` v3 can read.
GRAPHS: Final = ("graph", "branches", "approval", "agent", "streaming_tool")
# Each gives the chain over a connection's model, and a prompt as the chain's input.
CHAINS: Final[Mapping[str, Callable[[Connection, str], Built]]] = {
    "chat": _chat,
    "json": _json,
    "retrieval": _retrieval,
    "tools": _tools,
    "graph": _graph,
    "branches": _branches,
    "approval": _approval,
    "agent": _agent,
    "streaming_tool": _streaming_tool,
}
