"""Which pages are open, and how long what the server holds for one outlives it.

Gradio holds 0.3 MB for every session it has seen, and lets go of it for one reason only: ten thousand others.
"""

from __future__ import annotations

import asyncio
import ctypes
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gradio.routes import App

# Seconds between two looks at most.
OFTEN = 30.0


class Visits:
    """Used on the event loop only.

    `seconds`: how long a session is kept that was left. One who comes back meanwhile, from a phone that
    slept, finds everything as it was. A session with something under way or queued is never forgotten.
    """

    def __init__(self, seconds: float) -> None:
        self._kept = timedelta(seconds=seconds)
        self._pause = min(OFTEN, max(0.2, seconds / 4))
        self._open: Counter[str] = Counter()

    @contextmanager
    def open(self, session: str) -> Iterator[None]:
        """As long as the page's heartbeat goes on."""
        self._open[session] += 1
        try:
            yield
        finally:
            self._open[session] -= 1
            if not self._open[session]:
                del self._open[session]

    @asynccontextmanager
    async def forgetting(self, app: App) -> AsyncIterator[None]:
        """The server's lifespan."""
        task = asyncio.create_task(self._forget_those_who_left(app), name="forget")
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _forget_those_who_left(self, app: App) -> None:
        while True:
            await asyncio.sleep(self._pause)
            before = datetime.now() - self._kept
            gone = 0
            busy = {event.session_hash for event in app.get_blocks()._queue.event_ids_to_events.values()}
            for session, used in list(app.state_holder.time_last_used.items()):
                if used < before and session not in self._open and session not in busy:
                    forget(app, session)
                    gone += 1
                    await asyncio.sleep(0)  # thousands may have left at once
            if gone and sys.platform == "linux":
                await asyncio.to_thread(_give_back)


def _give_back() -> None:
    """glibc keeps what many threads have freed, some 0.1 MB a visitor, unless it is told to let go."""
    with suppress(OSError, AttributeError):  # another C library, whose allocator keeps less
        ctypes.CDLL(None).malloc_trim(0)


def forget(app: App, session: str) -> None:
    """Everything Gradio holds for it; what the session's State holds is closed first."""
    holder, queue = app.state_holder, app.get_blocks()._queue
    holder.delete_state(session)
    holder.session_data.pop(session, None)
    holder.time_last_used.pop(session, None)
    queue.pending_messages_per_session.pop(session, None)
    queue.pending_event_ids_session.pop(session, None)
