"""The server under Gradio's `launch`, on a socket and with settings of our own.

`launch` takes no setting for uvicorn, which closes a connection after five idle seconds: one that waits
for a busy loop looks like that, and of a hundred visitors who come at once 3 to 8 are cut off; of two
hundred none here. Gradio also gives a start five seconds, tells every failure as a taken port, and can't
listen on IPv6. And nothing could stand before its own middleware. `gr.mount_gradio_app` would leave the
server to us, but has neither share links nor `max_threads` nor a number of sessions: more of Gradio's
insides than the one function here.
"""

import asyncio
import errno
import socket
import struct
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, Final

import uvicorn
from gradio import http_server
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Scope
from uvicorn.protocols.http.h11_impl import H11Protocol

from components import proxies
from components.settings import BadSetting

# Tried in turn where none is set.
PORTS = range(7860, 7960)
# Seconds that a connection may be idle. Longer than proxies keep theirs, and than the loop is ever late.
KEEP_ALIVE = 75
CONNECTION = "connection"
# For `launch`, which would ask for the page itself, and end where a busy machine takes three seconds for it.
UNASKED: Final[dict[str, Any]] = {"_frontend": False}


class PageProtocol(H11Protocol):
    """Tells every request its connection, under `CONNECTION` in the scope."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        app: Any = self.app

        async def told(scope: Any, receive: Any, send: Any) -> None:
            await app({**scope, CONNECTION: transport}, receive, send)

        self.app = told


def has_body(scope: Scope) -> bool:
    """Whether a body follows the request's head."""
    if scope["type"] != "http":
        return False
    headers = Headers(scope=scope)
    return "transfer-encoding" in headers or headers.get("content-length", "0") != "0"


def break_off(scope: Scope) -> None:
    """Have the connection end as a broken one: over HTTP/1.0 a body that was left looks whole else."""
    transport = scope.get(CONNECTION)
    if scope["http_version"] == "1.0" and transport is not None:
        connection = transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


class PageServer(http_server.Server):
    """Gradio's, which is closed by `Blocks.close`."""

    def start(self, listening: socket.socket) -> None:
        """Return when it serves."""
        self.thread = threading.Thread(target=self.run, args=([listening],), name="server", daemon=True)
        self.thread.start()
        while not self.started:
            if not self.thread.is_alive():
                raise RuntimeError("the server ended as it started; the log says why")
            time.sleep(0.001)


def launch_with(front: Callable[[ASGIApp], ASGIApp]) -> None:
    """Have `launch` start this server. `front`: what every request passes first."""

    def start_server(
        app: ASGIApp, server_name: str | None, server_port: int | None, **tls: Any
    ) -> tuple[str, int, str, PageServer]:
        host = (server_name or "127.0.0.1").strip("[]")
        listening = _listen(host, (server_port,) if server_port else PORTS)
        port = listening.getsockname()[1]
        config = uvicorn.Config(
            front(app),
            http=PageProtocol,
            ws="none",  # nothing here speaks it
            log_level="warning",
            log_config=None,  # its own wants a stdout that is open
            timeout_keep_alive=KEEP_ALIVE,
            proxy_headers=False,  # `front` wants to know the peer
        )
        server = PageServer(config)
        server.start(listening)
        # Where `launch`, and the tunnel of a share link, ask this server.
        address = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
        proxies.spare(address)
        return address, port, f"http://{f'[{address}]' if ':' in address else address}:{port}/", server

    http_server.start_server = start_server  # type: ignore[assignment]


def _listen(host: str, ports: Sequence[int]) -> socket.socket:
    """At the first of them that is free. Raises BadSetting: why nothing can be served there."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for port in ports:
        try:
            return socket.create_server((host, port), family=family)
        except OSError as exc:
            why, _, _ = (exc.strerror or str(exc)).partition(" (")
            if exc.errno != errno.EADDRINUSE:
                break
    where = f"{host}, port {port} (GRADIO_SERVER_NAME, GRADIO_SERVER_PORT)"
    raise BadSetting(f"Nothing can be served at {where}: {why}.")
