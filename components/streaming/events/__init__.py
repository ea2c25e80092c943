"""The raw event log of a run: one lane of its trace, live and replayed.

`event_frames` makes `EventFrame`s of a run's or a replay's frames. Importing this imports no LangChain.
"""

from components.streaming.events.frame import EventFrame, View, event_frames, state_at
from components.streaming.events.log import LIMIT, EventLog
from components.streaming.events.node import Node, State
from components.streaming.events.row import Row
from components.streaming.events.shipped import examples
from components.streaming.events.tree import RunTree

__all__ = [
    "LIMIT",
    "EventFrame",
    "EventLog",
    "Node",
    "Row",
    "RunTree",
    "State",
    "View",
    "event_frames",
    "examples",
    "state_at",
]
