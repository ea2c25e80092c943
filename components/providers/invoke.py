"""`invoke` of a chat model over HTTP: its server is asked for a whole reply, which is read as a stream is."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from langchain_core.language_models.chat_models import agenerate_from_stream, generate_from_stream
from langchain_core.outputs import ChatResult

from components.providers.sse.question import WHOLE


@contextmanager
def _asked_whole() -> Iterator[None]:
    token = WHOLE.set(True)
    try:
        yield
    finally:
        WHOLE.reset(token)


class WholeReplies:
    """Before an SDK's own class, which would read a whole reply by other rules than a stream."""

    def _generate(self: Any, *args: Any, **kwargs: Any) -> ChatResult:
        with _asked_whole():
            return generate_from_stream(self._stream(*args, **kwargs))

    async def _agenerate(self: Any, *args: Any, **kwargs: Any) -> ChatResult:
        with _asked_whole():
            return await agenerate_from_stream(self._astream(*args, **kwargs))


@cache
def tapped(kind: type) -> Any:
    """An SDK's own class, under its own name on the page, with such replies."""
    more = {"__module__": __name__, "__annotations__": {"name": str}, "name": kind.__name__}
    return type(f"Tapped{kind.__name__}", (WholeReplies, kind), more)
