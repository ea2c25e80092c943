"""How a run becomes what a person sees. No Gradio in here, and nothing else of ours."""

from components.streaming.connection import READERS as READERS
from components.streaming.connection import TYPED as TYPED
from components.streaming.connection import Connection as Connection
from components.streaming.connection import Reader as Reader
from components.streaming.faults import Failure as Failure
from components.streaming.faults import Fault as Fault
from components.streaming.frame import Frame as Frame
from components.streaming.pacing import Live as Live
from components.streaming.records import Outcome as Outcome
from components.streaming.report import Report as Report
from components.streaming.report import Verdict as Verdict
from components.streaming.run import Admission as Admission
from components.streaming.run import Ran as Ran
from components.streaming.run import run as run
from components.streaming.stop import Stop as Stop
from components.streaming.trace import Trace as Trace
