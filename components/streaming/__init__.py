"""How a run becomes what a person sees. No Gradio in here, and nothing else of ours."""

from components.streaming.admission import Admission, Ran
from components.streaming.chunk_buffer import Retry
from components.streaming.connection import Connection
from components.streaming.faults import Failure, Fault, fault_from
from components.streaming.meter import Outcome, Report, Verdict
from components.streaming.pacing import Live
from components.streaming.readers import READERS, Reader
from components.streaming.run import Frame, run
from components.streaming.stop import Stop

__all__ = [
    "READERS",
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
    "Retry",
    "Stop",
    "Verdict",
    "fault_from",
    "run",
]
