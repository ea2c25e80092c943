"""The sockets of one run's HTTP client, which another thread can break."""

import socket
from contextlib import suppress
from typing import Any

from components.streaming.connection import Wire
from components.streaming.records import PhaseName

PHASES: dict[str, PhaseName] = {
    "connection.connect_tcp.started": "connecting",
    "connection.connect_tcp.complete": "connected",
    "http11.send_request_body.complete": "sent",
}


class Sockets:
    """A thread that is blocked in `recv` doesn't notice that its socket was closed by another thread;
    it does notice a shutdown. A task that is cancelled closes its socket, but only when the event loop comes
    to it, which a shutdown needn't wait for. httpcore tells the `trace` extension of every stream it opens.
    """

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._streams: list[Any] = []
        self._broken = False

    def trace(self, event: str, info: dict[str, Any]) -> None:
        """For a sync client."""
        if event in PHASES:
            self._wire.trace.phase(PHASES[event])
        if event in {"connection.connect_tcp.complete", "connection.start_tls.complete"}:
            self._streams.append(info["return_value"])
            if self._broken:
                shut(info["return_value"])

    async def atrace(self, event: str, info: dict[str, Any]) -> None:
        """For an async client, whose trace is awaited."""
        self.trace(event, info)

    def abort(self) -> None:
        """Break what is open, and whatever is opened from now on."""
        self._broken = True
        for stream in list(self._streams):
            shut(stream)


def shut(stream: Any) -> None:
    """End a connection, httpcore's `network_stream`, whoever waits for it; None is no connection."""
    connection: socket.socket | None = stream and stream.get_extra_info("socket")
    if connection is not None:
        with suppress(OSError):  # already closed by its own end
            connection.shutdown(socket.SHUT_RDWR)
