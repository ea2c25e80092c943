"""Runs a lesson over an open connection and yields its lines, each with its time.

Every lesson has a thread of its own, and an async one an event loop of its own in it, as in a reader's own
file: an import, a sync call or a slow parser in one visitor's lesson keeps nobody else waiting.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable

from components.lessons.frames import LessonFrame
from components.lessons.reading import Reading
from components.lessons.registry import Lesson
from components.streaming import Admission, Connection, Live, Stop
from components.streaming.admission import Open
from components.streaming.mailbox import Mailbox
from components.streaming.pacing import Pacer


async def run(
    lesson: Lesson,
    open_source: Callable[[], Connection],
    *,
    stop: Stop | None = None,
    live: Live | None = None,
    admission: Admission | None = None,
) -> AsyncGenerator[LessonFrame]:
    """Run a lesson to its end; the last frame, always there, says how it ended.

    Args:
        lesson: which.
        open_source: opens the connection, in the lesson's thread; the source's chain is the lesson's model,
            its value the prompt.
        stop: ends the run from outside. Closing this iterator ends it too.
        live: shared by all runs of a process, so that frames get rarer as runs get more.
        admission: whether and when the lesson may begin; it is told how it went.

    Raises nothing of the model's: a failure is the last frame's `ended.fault`.
    """
    stop, live = stop or Stop(), live or Live()
    mailbox, pacer = Mailbox(), Pacer(live)
    admission = admission or Open()
    reading = Reading(
        lesson, open_source, stop=stop, mailbox=mailbox, pacer=pacer, live=live, admission=admission
    )
    task = asyncio.create_task(reading.read(), name=f"lesson {lesson.name}")
    try:
        while await pacer.next_is_due(mailbox):
            lines = reading.lines(mailbox.take())
            began = time.perf_counter()
            yield LessonFrame(lines, place=mailbox.place)
            if not mailbox.place:  # one that waits in line holds up no line of the lesson's
                pacer.shown(cost=time.perf_counter() - began)
        ended = await task
        yield LessonFrame(reading.lines(mailbox.take()), ended)
    finally:
        stop.set()
        try:
            await asyncio.wait([task])
        finally:
            admission.leave(reading.ran(None if task.cancelled() or not task.done() else task.result()))
