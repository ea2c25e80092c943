"""A run file played again: no model and no tokens, but this machine's time, within the same limits."""

import time
from collections.abc import AsyncGenerator
from contextlib import aclosing

from components.hosting.admission_control import AdmissionTicket
from components.runs.lab import Lab
from components.streaming import Failure, Frame, Ran, Stop
from components.streaming.replay import replay
from components.streaming.trace import BadRunFile, RunFile

# How often a visitor may move to a moment of a file, or open one, in a minute; each reads all of it.
LOOKS = 120
# Nothing of the file: it may be a visitor's, who could write anything into the log.
ABOUT = {"kind": "replay", "provider": None, "model": None, "method": None}


async def frames(
    lab: Lab, run_file: RunFile, visitor: str, *, speed: float, start: float, stop: Stop
) -> AsyncGenerator[Frame]:
    """See `replay`. It waits in no line.

    Raises:
        Failure: it may not begin.
        BadRunFile: the file has changed since it was opened.
    """
    admission, began = AdmissionTicket(lab.control, visitor, ABOUT), time.perf_counter()
    verdict, fault, played = "stopped", None, 0
    try:
        await admission.enter(lambda place: None)  # it is in no line
        if stop.is_set():
            return
        playing = replay(run_file, speed=speed, start=start, stop=stop, live=lab.live)
        async with aclosing(playing) as given:
            async for frame in given:
                played += len(frame.records)
                yield frame
        if not stop.is_set():
            verdict = "ended"
    except (Failure, BadRunFile) as failure:
        verdict, fault = "failed", getattr(failure, "fault", None)
        raise
    finally:
        admission.leave(Ran(verdict, fault, seconds=time.perf_counter() - began, chunks=played))


async def look(lab: Lab, visitor: str) -> None:
    """Raises Failure: they have looked at a file too often."""
    most = LOOKS if lab.settings.runs_per_minute else 0
    if wait := await lab.control.limits.knock("look", visitor, most):
        raise Failure("too_many_runs", retry_after=wait)
