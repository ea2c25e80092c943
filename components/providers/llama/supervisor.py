"""Keeps one llama.cpp running: weights, child process, restarts."""

import logging
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from threading import Condition, Event, Thread

from components.providers.field import Status
from components.providers.llama import Progress
from components.providers.llama.process import Llama, LlamaServer
from components.streaming.faults import Failure
from components.streaming.stop import Stopped

log = logging.getLogger(__name__)

# The first restart is at once, then after 0.5, 1 and 2 s; the fifth death within a minute is the last.
DEATHS = 5
WITHIN_SECONDS = 60.0
PAUSE_SECONDS = 0.5
# More than a kill takes; less only when the hub's library is waiting for the network.
STOP_SECONDS = 5.0
# From a child's sockets closing to its exit being known it is about a millisecond.
GONE_SECONDS = 0.1


class Supervisor:
    """One background thread that owns the child. Methods may be called from any thread."""

    def __init__(self, find: Callable[[Progress], Path], name: str) -> None:
        self._find = find
        self._name = name
        self._changed = Condition()
        self._stopping = Event()
        self._status = Status("loading")
        self._server: LlamaServer | None = None
        self._llama: Llama | None = None
        self._thread: Thread | None = None

    def start(self) -> None:
        """Begin, or begin again after a failure."""
        with self._changed:
            if self._stopping.is_set() or (self._thread is not None and self._status.state != "failed"):
                return
            self._status = Status("loading")
            self._thread = Thread(target=self._work, name="llama", daemon=True)
            self._thread.start()

    def status(self) -> Status:
        return self._status

    def server(self) -> LlamaServer:
        """Block until llama.cpp answers. Raises Failure: why it doesn't."""
        self.start()
        with self._changed:
            self._changed.wait_for(
                lambda: self._stopping.is_set() or self._status.state in {"ready", "failed"}
            )
            if self._stopping.is_set():
                raise Failure("local_failed", detail="The app is ending.")
            if self._server is None:
                raise Failure(self._status.fault or "unknown")
            return self._server

    def gone(self, server: LlamaServer) -> bool:
        """Whether `server` has died by itself; may block for 0.1 s when it hasn't."""
        with self._changed:
            return self._changed.wait_for(lambda: self._server is not server, GONE_SECONDS)

    def stop(self) -> None:
        """End the child and the thread, and wake whoever waits in `server`; for good."""
        with self._changed:
            self._stopping.set()
            self._changed.notify_all()
            if self._llama is not None:
                self._llama.kill()
        if self._thread is not None:
            self._thread.join(STOP_SECONDS)

    def _work(self) -> None:
        try:
            self._serve(self._find(self._progress))
        except Stopped:
            log.debug("stopped while the weights came")
        except Failure as failure:
            self._tell(Status("failed", fault=failure.fault))
        except Exception as error:
            log.exception("the embedded model can't be started")
            self._tell(Status("failed", fault=Failure("local_failed", detail=type(error).__name__).fault))

    def _serve(self, model: Path) -> None:
        deaths: deque[float] = deque()
        while True:
            self._tell(Status("loading"))
            with self._changed:  # so that `stop` sees every child there is
                if self._stopping.is_set():
                    return
                llama = self._llama = Llama(model, self._name)
            try:
                if (server := llama.ready()) is not None:
                    self._tell(Status("ready"), server)
            finally:
                if self._server is None:
                    llama.kill()  # it has said an error, or doesn't answer
                code = llama.wait()
            if self._stopping.is_set():
                return
            log.warning("llama.cpp ended by itself (exit code %d)", code)
            deaths.append(time.monotonic())
            while deaths[0] < deaths[-1] - WITHIN_SECONDS:
                deaths.popleft()
            if len(deaths) >= DEATHS:
                often = f"{DEATHS} times within a minute, the last time with exit code {code}"
                raise Failure("local_failed", detail=f"llama.cpp ended {often}.")
            self._tell(Status("loading"))
            self._stopping.wait(PAUSE_SECONDS * 2 ** (len(deaths) - 2) if len(deaths) > 1 else 0)

    def _progress(self, done: int, total: int) -> None:
        if self._stopping.is_set():
            raise Stopped
        self._tell(Status("fetching", done, total))

    def _tell(self, status: Status, server: LlamaServer | None = None) -> None:
        with self._changed:
            self._status, self._server = status, server
            self._changed.notify_all()
