"""A lesson as a reader of the engine: each thing that it shows is a line of the reply."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, cast

from components.lessons.registry import Lesson
from components.streaming import Connection, Failure, Reader, Stop
from components.streaming.stop import Stopped
from components.streaming.text import forms_of, strike

if TYPE_CHECKING:
    from components.streaming.connection import Put, RunnableConfig
    from components.streaming.model_callback import ModelCallback

# Characters of a line that are kept.
CHARACTERS = 1000


def reader_of(lesson: Lesson, stop: Stop) -> Reader:
    """Reads a connection whose model is the lesson's, and whose value is the prompt, until `stop`.

    Every lesson has a thread of its own, and an async one an event loop of its own in it, as in a reader's
    own file: an import, a sync call or a slow parser in one visitor's lesson keeps nobody else waiting.
    """

    def read(source: Connection, config: RunnableConfig, put: Put, *_: Any) -> None:
        # The model ends itself between two tokens: closing a sync stream would drain it to the end.
        bare = getattr(source.model, "bound", source.model)
        (callback,) = callbacks = cast("list[ModelCallback]", config["callbacks"])
        bare.callbacks = [*(bare.callbacks or ()), *callbacks]
        forms = forms_of(source.secrets)

        def show(*shown: object, sep: str = " ", end: str = "\n", **_: object) -> None:
            """What the lesson prints, from any thread of its own: a line each, wherever a terminal's ends."""
            if stop.is_set():
                raise Stopped
            # Struck out before it is cut: half a key would not be recognised. A blank line is one, too.
            if told := sep.join(map(str, shown)) + end:
                put(strike(told.removesuffix("\n"), forms)[:CHARACTERS] or " ")

        try:
            running = lesson.load(show)(source.model, source.value)
            if lesson.is_async:
                asyncio.run(_until(stop, running))
        except Exception as error:
            # langchain-core 1.7's, of a function step that was given nothing.
            if lesson.json and isinstance(error, UnboundLocalError):
                raise Failure("unreadable", detail="There is no JSON in it.") from error
            # JSON in another form than a step expects.
            if lesson.json and isinstance(error, TypeError | AttributeError | LookupError):
                raise Failure("unreadable", detail=f"{type(error).__name__}: {error}") from error
            # Of a lesson's own server, whose model has failed, its client sees a broken connection.
            if type(error).__module__ == "httpx" and (cause := callback.error):
                raise cause from error
            raise

    return Reader(f"lesson {lesson.name}", read, blocks=True, rests=not lesson.is_async, kind="line")


async def _until(stop: Stop, coroutine: Coroutine[Any, Any, None]) -> None:
    running = asyncio.ensure_future(coroutine)
    try:
        await stop.unless(running)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
