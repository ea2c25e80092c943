"""What every run passes, whichever view it is for: limits first, then the queue, last the log."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from components.hosting import run_log
from components.hosting.fair_queue import FairQueue
from components.hosting.limits import Limits
from components.hosting.visitor import Visitors
from components.streaming import Failure, Fault, Ran

if TYPE_CHECKING:
    from components.hosting.redis_semaphore import Lease
    from components.settings import Settings

# Runs that may wait in line, beyond those that stream.
LONGEST_LINE = 1000
# Seconds after which one who was turned away, or broken off, because the server is ending may come again.
BACK_IN = 5.0
ENDING = Fault("ending", retryable=True, retry_after=BACK_IN)


@dataclass(frozen=True, slots=True)
class RunRequest:
    """What admission has to know of a run. `owners`: on the owner's account; `closed`: not on offer.

    `about` stands in the log's line as it is; `characters` are the message's; `waits`: in line, if there is
    one.
    """

    visitor: str
    owners: bool
    closed: bool
    characters: int
    waits: bool
    about: dict[str, Any]
    message: str = field(default="", repr=False)


class AdmissionControl:
    """The limits, the queue and the end of all runs; one per process."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.visitors = Visitors(settings.redis_url)
        self.limits = Limits(settings)
        self.line = FairQueue(settings.streams, LONGEST_LINE)
        self._ending = False

    @property
    def ending(self) -> bool:
        return self._ending

    def end(self) -> None:
        """From now on no run comes in, nor those that wait in line. From any thread.

        Those inside go on, and may try again what has failed.
        """
        self._ending = True
        self.line.turn_away(ENDING)

    def admission(self, run: RunRequest) -> AdmissionTicket:
        return AdmissionTicket(self, run)


class AdmissionTicket:
    """One run, from its limits through the queue to the log: an `Admission`."""

    def __init__(self, control: AdmissionControl, run: RunRequest) -> None:
        self._control = control
        self._run = run
        self._counted = False
        self._lease: Lease | None = None
        self._inside = False

    @property
    def estimates(self) -> bool:
        return self._run.owners

    async def enter(self, tell: Callable[[int], None]) -> None:
        control, run = self._control, self._run
        self._check()
        if run.closed:
            raise Failure("closed")
        self._lease = await control.limits.begin(run.visitor, run.characters, owners=run.owners)
        self._counted = True
        await control.limits.check(run.visitor, owners=run.owners)
        await control.line.enter(tell, wait=run.waits)
        self._inside = True
        self._check()

    def _check(self) -> None:
        if self._control.ending:
            raise Failure.of(ENDING)

    def leave(self, ran: Ran) -> None:
        if self._inside:
            self._control.line.leave()
        if self._counted:
            self._control.limits.end(self._run.visitor, self._lease)
        if self._run.owners:
            self._control.limits.spend(ran.tokens)
        run_log.write(self._line(ran), ran.secrets)

    def _line(self, ran: Ran) -> dict[str, Any]:
        line = {
            **self._run.about,
            "first_token": None if ran.first_token is None else round(ran.first_token, 4),
            "seconds": round(ran.seconds, 4),
            "chunks": ran.chunks,
            "tokens": ran.tokens,
            "verdict": ran.verdict,
            "fault": ran.fault.kind if ran.fault else None,
            "visitor": self._run.visitor,
        }
        if self._control.settings.log_text:
            line |= {"message": self._run.message, "text": ran.text}
        return line
