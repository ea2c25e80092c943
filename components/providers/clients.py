"""HTTP clients of one run, tapped, whose connections can be broken from another thread."""

import ssl
from collections.abc import AsyncGenerator, Generator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cache
from typing import Any, Final
from urllib.request import getproxies_environment

import httpx2

from components.providers.sse.body import shut
from components.providers.sse.question import Question
from components.proxies import left_out, on_the_way
from components.streaming.connection import Connection, Wire
from components.streaming.faults import Fault
from components.streaming.records import PhaseName

# A first token may take long on a busy server; between two tokens a minute of silence is a dead one.
CONNECT_SECONDS = 10.0
SILENCE_SECONDS = 60.0
PHASES: Final[Mapping[str, PhaseName]] = {
    "connection.connect_tcp.started": "connecting",
    "connection.connect_tcp.complete": "connected",
    "http11.send_request_body.complete": "sent",
}


@cache
def tls() -> ssl.SSLContext:
    """Loading the certificates takes 20 ms; one context serves every run."""
    return ssl.create_default_context()


class Clients(httpx2.Auth):
    """Two for the API at `address`, sync and async, connected at their first request, and tapped: `Auth` is
    httpx's documented way to look at each response and to send another request in its place.

    A thread that is blocked in `recv` doesn't notice that its socket was closed by another thread; it does
    notice a shutdown. A task that is cancelled closes its socket, but only when the event loop comes to it,
    which a shutdown needn't wait for. httpcore tells the `trace` extension of every stream it opens.
    """

    def __init__(
        self,
        address: str,
        headers: Mapping[str, str],
        *,
        trust_env: bool = True,
        transport: Any = None,
        older_length: bool = False,
        control_tokens: Sequence[str] = (),
    ) -> None:
        """
        Args:
            headers: the key, as this API takes it, and no other goes out.
            trust_env: heed HTTP_PROXY and the like.
            transport: what answers in place of a server, sync and async.
            older_length: say the longest reply by its older name, too: many servers know no other.
            control_tokens: texts that a message may have in it, but that must not end it.
        """
        self.address = address
        self.headers = headers
        self.older_length = older_length
        self.control_tokens = control_tokens
        self.wire = Wire()
        # Whatever the SDK's.
        self.timeout = httpx2.Timeout(SILENCE_SECONDS, connect=CONNECT_SECONDS)
        self._proxied = trust_env and bool(getproxies_environment())
        self._streams: list[Any] = []
        self._broken = False
        if self._proxied:
            left_out()  # no client can be built with those
        # A redirect is told, not followed: most make a GET of the POST, and the key is meant for one server.
        both: dict[str, Any] = {"verify": tls(), "trust_env": trust_env, "transport": transport, "auth": self}
        both |= {"timeout": self.timeout, "follow_redirects": False}
        self.sync, self.asynchronous = httpx2.Client(**both), httpx2.AsyncClient(**both)

    def connection(self, model: Any, *secrets: str, **more: Any) -> Connection:
        """`more`: what else a `Connection` has."""
        close, refine = self.sync.close, self._refine
        return Connection(
            model, abort=self.abort, close=close, refine=refine, secrets=secrets, wire=self.wire, **more
        )

    def abort(self) -> None:
        """Break what is open, and whatever is opened from now on."""
        self._broken = True
        for stream in list(self._streams):
            shut(stream)

    def sync_auth_flow(self, request: httpx2.Request) -> Generator[httpx2.Request, httpx2.Response, None]:
        steps, got = Question(self, request).steps(self._trace), None
        with suppress(StopIteration):
            while True:
                step = steps.send(got)
                got = (yield step) if isinstance(step, httpx2.Request) else step[0]()

    async def async_auth_flow(
        self, request: httpx2.Request
    ) -> AsyncGenerator[httpx2.Request, httpx2.Response]:
        steps, got = Question(self, request).steps(self._atrace), None
        with suppress(StopIteration):
            while True:
                step = steps.send(got)
                got = (yield step) if isinstance(step, httpx2.Request) else await step[1]()

    def _trace(self, event: str, info: dict[str, Any]) -> None:
        """For a sync client."""
        if event in PHASES:
            self.wire.trace.phase(PHASES[event])
        if event in {"connection.connect_tcp.complete", "connection.start_tls.complete"}:
            self._streams.append(info["return_value"])
            if self._broken:
                shut(info["return_value"])

    async def _atrace(self, event: str, info: dict[str, Any]) -> None:
        """For an async client, whose trace is awaited."""
        self._trace(event, info)

    def _refine(self, fault: Fault) -> Fault:
        """What doesn't answer may be a proxy."""
        asked = self._proxied and fault.kind in {"unreachable", "proxy"}
        variable = on_the_way(self.address) if asked else None
        if variable is None:
            return fault
        return replace(fault, kind="proxy", params={**fault.params, "variable": variable}, retryable=False)


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}
