"""The raw event log of a run: live, recorded to a file, and replayed. One type and one buffer for all three.

A `Recorder` gives the `EventFrame`s of a live run; `replay` yields the same frames from a run file.
Importing this imports no LangChain.
"""

from components.streaming.events.asked import Asked, as_python
from components.streaming.events.bad_file import BadFileKind, BadRunFile
from components.streaming.events.frame import EventFrame, View
from components.streaming.events.header import About, Header
from components.streaming.events.log import LIMIT, EventLog
from components.streaming.events.node import Node, State
from components.streaming.events.recorder import Recorder
from components.streaming.events.replay import replay, state_at
from components.streaming.events.row import Row
from components.streaming.events.run_file import RunFile, open_run_file
from components.streaming.events.shipped import examples
from components.streaming.events.tree import RunTree

__all__ = [
    "LIMIT",
    "About",
    "Asked",
    "BadFileKind",
    "BadRunFile",
    "EventFrame",
    "EventLog",
    "Header",
    "Node",
    "Recorder",
    "Row",
    "RunFile",
    "RunTree",
    "State",
    "View",
    "as_python",
    "examples",
    "open_run_file",
    "replay",
    "state_at",
]
