"""A function in a thread of its own, awaited."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

T = TypeVar("T")


def in_thread(function: Callable[[], T], name: str) -> asyncio.Future[T]:
    """Start `function` in a new thread; the future has its result or exception when the thread is done.

    A pool would make the forty-first reader wait for the first to end. The thread is a daemon, so one
    that a foreign server keeps busy can't keep the process from ending.
    """
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()
    context = contextvars.copy_context()

    def settle(result: T | None, error: BaseException | None) -> None:
        if future.cancelled():
            return
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(result)  # type: ignore[arg-type]

    def work() -> None:
        result: T | None = None
        error: BaseException | None = None
        try:
            result = context.run(function)
        except StopIteration as exc:
            # A future refuses StopIteration: it would end whoever awaits it.
            error = RuntimeError("StopIteration from a thread")
            error.__cause__ = exc
        except BaseException as exc:  # noqa: BLE001  # handed to the one who awaits
            error = exc
        with suppress(RuntimeError):  # the loop has closed, and nobody waits
            loop.call_soon_threadsafe(settle, result, error)
        error = None  # its traceback holds this frame: the two would keep each other alive

    threading.Thread(target=work, name=name, daemon=True).start()
    return future
