"""How a run becomes what a person sees. No Gradio in here, and nothing else of ours."""

from components.streaming.connection import Connection
from components.streaming.faults import Failure, Fault
from components.streaming.frame import Frame
from components.streaming.pacing import Live
from components.streaming.readers import READERS, TYPED, Reader
from components.streaming.records import Outcome
from components.streaming.report import Report, Verdict
from components.streaming.run import Admission, Ran, run
from components.streaming.stop import Stop
from components.streaming.trace import Trace

__all__ = [
    "READERS",
    "TYPED",
    "Admission",
    "Connection",
    "Failure",
    "Fault",
    "Frame",
    "Live",
    "Outcome",
    "Ran",
    "Reader",
    "Report",
    "Stop",
    "Trace",
    "Verdict",
    "run",
]
