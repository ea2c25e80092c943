"""The raw event log of a run: one lane of its trace, live and replayed. Imports no LangChain."""

from components.streaming.events.log import LIMIT, EventLog
from components.streaming.events.node import Node, State
from components.streaming.events.row import Row
from components.streaming.events.shipped import examples
from components.streaming.events.tree import RunTree
from components.streaming.events.view import MOST_ROWS, Events

__all__ = ["LIMIT", "MOST_ROWS", "EventLog", "Events", "Node", "Row", "RunTree", "State", "examples"]
