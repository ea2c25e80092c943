"""How the process ends: no new runs, some time for those under way, none at all for one who asks twice."""

import logging
import os
import signal
import time
from types import FrameType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from components.hosting.session_gc import SessionGC
    from components.runs.lab import Lab

log = logging.getLogger(__name__)

# A process that Ctrl+C ended says so by its status.
INTERRUPTED = 128 + signal.SIGINT
# Seconds for the last words of runs that were broken off to reach who reads them.
LAST_WORDS = 2.0
_LOOK = 0.02
# Seconds after which a signal is noticed at the latest that came while nobody could be woken.
_NOTICED = 0.2


class Shutdown:
    """Takes SIGTERM and SIGINT from when it is made, in the main thread.

    The first of them lets `wait` return. A SIGINT after that raises KeyboardInterrupt in the main thread, and
    one more ends the process where it stands; its llama.cpp ends with it.
    """

    def __init__(self) -> None:
        # No lock that a handler would have to take from the thread it interrupts.
        self._asked = False
        self._impatient = False
        self.by_terminal = False
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._take)

    def _take(self, number: int, frame: FrameType | None) -> None:
        if not self._asked:
            self.by_terminal = number == signal.SIGINT
            self._asked = True
        elif number == signal.SIGINT:
            if self._impatient:
                os._exit(INTERRUPTED)
            self._impatient = True
            raise KeyboardInterrupt

    def wait(self) -> None:
        # Python runs a handler between two steps of the main thread. One that waits for good takes no step,
        # and isn't woken by a signal that came a moment before or to another thread.
        while not self._asked:
            time.sleep(_NOTICED)

    def drain(self, lab: "Lab", session_gc: "SessionGC", seconds: float) -> None:
        """Begin nothing more, wait up to `seconds` for what is under way, then break it off in words.

        Pages with nothing under way are sent to another server meanwhile.
        """
        lab.control.end()
        if under_way := len(lab.runs):
            more = " Ctrl+C again leaves at once." if self.by_terminal else ""
            log.info("Ending: %d runs are under way and have up to %g s.%s", under_way, seconds, more)
        _wait(lab, session_gc, seconds)
        if broken_off := len(lab.runs):
            log.warning("Ending: %d runs were broken off.", broken_off)
        lab.runs.stop_all()
        _wait(lab, session_gc, LAST_WORDS)


def _wait(lab: "Lab", session_gc: "SessionGC", seconds: float) -> None:
    """Until nothing is under way, `seconds` at most."""
    until = time.monotonic() + seconds
    while (lab.runs or session_gc.in_flight) and time.monotonic() < until:
        session_gc.send_away()
        time.sleep(_LOOK)
    session_gc.send_away()
