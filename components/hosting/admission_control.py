"""What every run passes, whichever view it is for: limits first, then the queue, last the log."""

import json
import logging
import sys
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import TextIOWrapper
from typing import Any

from components.hosting.fair_queue import FairQueue
from components.hosting.limits import Limits
from components.hosting.visitor import Visitors
from components.settings import Settings
from components.streaming import Admission, Failure, Fault, Ran
from components.streaming.text import redact

RUNS = logging.getLogger("streaming_lab.runs")
# Runs that may wait in line, beyond those that stream.
LONGEST_LINE = 1000
# Seconds after which one who was turned away, or broken off, because the server is ending may come again.
BACK_IN = 5.0
ENDING = Fault("ending", retryable=True, retry_after=BACK_IN)


class AdmissionControl:
    """The limits, the queue and the end of all runs; one per process."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.visitors = Visitors(settings.redis_url)
        self.limits = Limits(settings)
        self.line = FairQueue(settings.streams, LONGEST_LINE)
        self.ending = False

    def end(self) -> None:
        """From now on no run comes in, nor those that wait in line. From any thread.

        Those inside go on, and may try again what has failed.
        """
        self.ending = True
        self.line.turn_away(ENDING)


@dataclass(slots=True)
class AdmissionTicket(Admission):
    """One run, from its limits through the queue to the log.

    `about` stands in the log's line as it is; `characters` are the message's. `owners`: on the owner's
    account; `closed`: not on offer; `waits`: in line, if there is one.
    """

    control: AdmissionControl
    visitor: str
    about: dict[str, Any]
    characters: int = 0
    message: str = field(default="", repr=False)
    owners: bool = False
    closed: bool = False
    waits: bool = False
    _entered: ExitStack = field(default_factory=ExitStack)

    @property
    def estimates(self) -> bool:
        return self.owners

    async def enter(self, tell: Callable[[int], None]) -> None:
        self._check()
        if self.closed:
            raise Failure("closed")
        limits, line = self.control.limits, self.control.line
        self._entered.callback(await limits.begin(self.visitor, self.characters, owners=self.owners))
        await line.enter(tell, wait=self.waits)
        self._entered.callback(line.leave)
        self._check()

    def _check(self) -> None:
        if self.control.ending:
            raise Failure(ENDING)

    def leave(self, ran: Ran) -> None:
        self._entered.close()
        if self.owners:
            self.control.limits.spend(ran.tokens)
        if RUNS.isEnabledFor(logging.INFO):
            line = {
                "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
                **self.about,
                "first_token": None if ran.first_token is None else round(ran.first_token, 4),
                "seconds": round(ran.seconds, 4),
                "chunks": ran.chunks,
                "tokens": ran.tokens,
                "verdict": ran.verdict,
                "fault": ran.fault.kind if ran.fault else None,
                "visitor": self.visitor,
            }
            if self.control.settings.log_text:
                line |= {"message": self.message, "text": ran.text}
            # Nothing in it that looks like a key.
            safe = {k: redact(v, ran.secrets) if isinstance(v, str) else v for k, v in line.items()}
            RUNS.info("%s", json.dumps(safe, ensure_ascii=False))


def log_to_stdout() -> None:
    """A bare line of JSON for each run, apart from what else is logged; called once, as the server starts."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8")  # as JSON is, whatever a terminal reads
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(logging.Formatter("%(message)s"))
    RUNS.handlers = [handler]
    RUNS.setLevel(logging.INFO)
    RUNS.propagate = False
