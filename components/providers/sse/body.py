"""A response's body on its way to the SDK, sync and async; ended where the server forgets to."""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from itertools import chain
from socket import SHUT_RDWR, socket
from threading import Timer
from typing import Any

import httpx2

from components.providers.sse.decoder import Unpacker
from components.providers.sse.reader import WireReader

# Seconds that a server may take to end a stream once it has said why the model ended.
GRACE = 2.0


class ErrorReader(Unpacker):
    """Of an error's body whatever comes is enough: its status is told already."""

    finished, ended = True, False

    def end(self) -> tuple[bytes, ...]:
        return ()


class TappedStream(httpx2.SyncByteStream, httpx2.AsyncByteStream):
    """A response's body on its way through a reader."""

    def __init__(self, response: httpx2.Response, reader: WireReader | ErrorReader) -> None:
        self._stream: Any = response.stream
        self._pieces: Any = response.stream
        self._reader = reader
        # Its own connection alone: a run may have others, whose answers are still coming.
        self._timer = Timer(GRACE, shut, [response.extensions.get("network_stream")])
        self._timer.daemon = True

    def begin(self) -> bytes:
        """The first piece, before anybody reads it."""
        rest = iter(self._stream)
        first: bytes = next(rest, b"")
        self._pieces = chain((first,), rest)
        return first

    async def abegin(self) -> bytes:
        rest = aiter(self._stream)
        first: bytes = await anext(rest, b"")

        async def pieces() -> AsyncIterator[bytes]:
            yield first
            async for data in rest:
                yield data

        self._pieces = pieces()
        return first

    def __iter__(self) -> Iterator[bytes]:
        with self._under_way():
            for data in self._pieces:
                yield self._reader.feed(data)
                if self._is_over():
                    break
        yield from self._reader.end()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with self._under_way():
            async for data in self._pieces:
                yield self._reader.feed(data)
                if self._is_over():
                    break
        for part in self._reader.end():
            yield part

    def close(self) -> None:
        self._timer.cancel()  # whoever has heard enough doesn't read to the end, and the connection goes on
        self._stream.close()

    async def aclose(self) -> None:
        self._timer.cancel()
        await self._stream.aclose()

    @contextmanager
    def _under_way(self) -> Iterator[None]:
        """A connection that breaks once the model has said why it ended is an end like any other."""
        try:
            yield
        except httpx2.TransportError:
            if not self._reader.finished:
                raise
        finally:
            self._timer.cancel()

    def _is_over(self) -> bool:
        """Once it is finished, what still may come is waited for no longer than that."""
        if self._reader.finished and self._timer.ident is None and not self._reader.ended:
            self._timer.start()
        return self._reader.ended


def shut(stream: Any) -> None:
    """End a connection, httpcore's `network_stream`, whoever waits for it; None is no connection."""
    connection: socket | None = stream and stream.get_extra_info("socket")
    if connection is not None:
        with suppress(OSError):  # already closed by its own end
            connection.shutdown(SHUT_RDWR)
