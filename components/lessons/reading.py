"""One lesson's run: in its thread the lesson, on the loop whoever waits for it or stops it."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from components.lessons.frames import Ended, Line
from components.lessons.registry import Lesson
from components.streaming import Admission, Connection, Failure, Fault, Live, Ran, Stop, fault_from
from components.streaming.admission import admitted
from components.streaming.faults import causes_of
from components.streaming.mailbox import Mailbox
from components.streaming.pacing import Pacer
from components.streaming.parts import Chunk
from components.streaming.redact import forms_of, strike, traceback_of
from components.streaming.stop import Stopped
from components.streaming.thread import in_thread

if TYPE_CHECKING:
    from components.streaming.watch import ModelWatch

log = logging.getLogger(__name__)

# Lines and characters of one that are kept; whatever comes after them is counted.
LINES = 500
CHARACTERS = 1000
# How long a stopped lesson may take to close its connection.
PATIENCE = 5.0


class Reading:
    """Lives on the event loop; `_work` and what it calls are the lesson's thread."""

    def __init__(
        self,
        lesson: Lesson,
        open_source: Callable[[], Connection],
        *,
        stop: Stop,
        mailbox: Mailbox,
        pacer: Pacer,
        live: Live,
        admission: Admission,
    ) -> None:
        self._lesson = lesson
        self._open_source = open_source
        self._stop = stop
        self._mailbox = mailbox
        self._pacer = pacer
        self._live = live
        self._admission = admission
        self._first: float | None = None
        self._kept: list[str] = []
        self._source: Connection | None = None
        self._forms: tuple[str, ...] = ()
        self._watch: ModelWatch | None = None
        self._counting = threading.Lock()  # a lesson may have threads of its own
        self._count = 0
        self._began = time.perf_counter()

    async def read(self) -> Ended:
        """Never raises but for cancellation; a failure is the ending's fault."""
        try:
            await admitted(self._admission, self._mailbox.stand, self._stop)
        except Stopped:
            self._mailbox.end()
            return Ended(0.0, 0, stopped=True, closed_after=0.0)
        except Failure as refused:
            self._mailbox.end()
            return Ended(0.0, 0, fault=refused.fault)
        with self._live:
            return await self._read()

    async def _read(self) -> Ended:
        fault, closed_after = None, None
        stopped = asyncio.Event()
        loop = asyncio.get_running_loop()

        def tell() -> None:
            with suppress(RuntimeError):  # the loop has closed, and the run with it
                loop.call_soon_threadsafe(stopped.set)

        self._stop.call(tell)
        work = in_thread(self._work, f"lesson {self._lesson.name}")
        stopping = asyncio.ensure_future(stopped.wait())
        first: list[asyncio.Future[Any]] = [work, stopping]
        try:
            await asyncio.wait(first, return_when=asyncio.FIRST_COMPLETED)
            if self._stop.is_set():
                closed_after = await self._close(work)
                fault = self._stop.fault
            else:
                fault = self._fault(work.exception())
        finally:
            stopping.cancel()
            self._mailbox.end()
        seconds = time.perf_counter() - self._began
        left_out = max(0, self._count - LINES)
        return Ended(seconds, self._count, left_out, fault, self._stop.is_set(), closed_after)

    def lines(self, chunks: Sequence[Chunk]) -> list[Line]:
        lines = [Line(chunk.at - self._began, chunk.text) for chunk in chunks]
        if lines and self._first is None:
            self._first = lines[0].at
        self._kept.extend(line.text for line in lines)
        return lines

    def ran(self, ended: Ended | None) -> Ran:
        """`ended` is None when the reader was cancelled."""
        verdict = "stopped" if ended is None or ended.stopped else "failed" if ended.fault else "ended"
        return Ran(
            verdict=verdict,
            fault=ended.fault if ended else None,
            first_token=self._first,
            seconds=ended.seconds if ended else 0.0,
            chunks=self._count,
            tokens=self._watch.tokens if self._watch else 0,
            text="\n".join(self._kept),
            secrets=self._secrets,
        )

    def _work(self) -> None:
        """Raises whatever the lesson does, `Stopped` if that was because of Stop."""
        source = self._open_source()
        self._source, self._forms = source, forms_of(source.secrets)
        self._stop.call(source.abort)
        try:
            if self._stop.is_set():
                raise Stopped
            self._listen(source)
            lesson = self._lesson.load()
            self._began = time.perf_counter()
            if self._lesson.is_async:
                asyncio.run(self._until_stop(lesson, source))
            else:
                lesson(source.model, source.value, self._show)
        finally:
            self._stop.forget(source.abort)
            source.close()

    def _listen(self, source: Connection) -> None:
        """Have the model end itself between two tokens: closing a sync stream would drain it to the end."""
        # Not before the provider has imported its SDK, which comes with LangChain.
        from components.streaming.watch import ModelWatch

        self._watch = ModelWatch(self._stop, estimates=self._admission.estimates)
        self._watch.finish_reason = source.finish_reason
        bare: Any = getattr(source.model, "bound", source.model)
        bare.callbacks = [*(bare.callbacks or ()), self._watch]

    async def _until_stop(self, lesson: Callable[..., object], source: Connection) -> None:
        loop, task = asyncio.get_running_loop(), asyncio.current_task()

        def cancel() -> None:
            with suppress(RuntimeError):  # that loop has closed, and the lesson with it
                loop.call_soon_threadsafe(task.cancel)  # type: ignore[union-attr]

        self._stop.call(cancel)
        try:
            await lesson(source.model, source.value, self._show)  # type: ignore[misc]
        except asyncio.CancelledError:
            raise Stopped from None
        finally:
            self._stop.forget(cancel)

    def _show(self, said: object) -> None:
        """From any thread of the lesson's."""
        if self._stop.is_set():
            raise Stopped
        with self._counting:
            self._count += 1
            if self._count > LINES:
                return
        # Struck out before it is cut: half a key would not be recognised.
        text = strike(str(said), self._forms)[:CHARACTERS]
        self._mailbox.put(text or " ")
        if not self._lesson.is_async and (seconds := self._pacer.rest()):
            self._stop.wait(seconds)

    async def _close(self, work: asyncio.Future[None]) -> float | None:
        """See that a stopped lesson ends; seconds since Stop, None when it didn't in time."""
        if self._source is None and not work.done():
            return 0.0  # nothing was sent, and nothing will be: the thread sees Stop when it has opened
        await asyncio.wait([work], timeout=PATIENCE)
        if not work.done():
            log.warning("lesson %s did not end within %g s of Stop", self._lesson.name, PATIENCE)
            work.add_done_callback(_let_go)
            return None
        _let_go(work)
        return time.perf_counter() - (self._stop.at or 0.0)

    def _fault(self, raised: BaseException | None) -> Fault | None:
        if raised is None:
            outcome = self._watch.outcome if self._watch else None
            fault = Fault("cut_off", retryable=True) if outcome and not outcome.finish_reason else None
        else:
            fault = fault_from(raised, after_text=self._mailbox.has_text, secrets=self._secrets)
            if self._lesson.json and isinstance(raised, UnboundLocalError):
                # langchain-core 1.7, of a function step that was given nothing: the parser had found no JSON.
                fault = Fault("unreadable", {"detail": "There is no JSON in it."})
            trace = traceback_of(raised, self._secrets)
            log.warning("lesson %s failed: %s\n%s", self._lesson.name, fault.kind, trace)
        return self._source.refine(fault) if self._source and fault else fault

    @property
    def _secrets(self) -> tuple[str, ...]:
        return self._source.secrets if self._source else ()


def _let_go(work: asyncio.Future[None]) -> None:
    """Take what a stopped lesson raised, and free what it holds: a traceback keeps its sockets alive."""
    raised = work.exception()
    for exc in causes_of(raised) if raised else ():
        traceback.clear_frames(exc.__traceback__)
