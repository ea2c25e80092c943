"""HTTP clients of one run, tapped, whose connections can be broken from another thread."""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any
from urllib.request import getproxies_environment

import httpx2

from components.providers.sse.sockets import Sockets
from components.providers.sse.tap import Tap
from components.proxies import left_out, on_the_way
from components.streaming.connection import Connection, Wire
from components.streaming.faults import Fault

# A first token may take long on a busy server; between two tokens a minute of silence is a dead one.
CONNECT_SECONDS = 10.0
SILENCE_SECONDS = 60.0


@cache
def tls() -> ssl.SSLContext:
    """Loading the certificates takes 20 ms; one context serves every run."""
    return ssl.create_default_context()


@dataclass(frozen=True, slots=True)
class Clients:
    address: str
    sync: httpx2.Client
    asynchronous: httpx2.AsyncClient
    wire: Wire
    sockets: Sockets
    proxied: bool

    def connection(self, model: Any, *secrets: str, **more: Any) -> Connection:
        """`more`: what else a `Connection` has."""
        return Connection(
            model=model,
            abort=self.sockets.abort,
            close=self.sync.close,
            refine=self._refine,
            secrets=secrets,
            wire=self.wire,
            **more,
        )

    def _refine(self, fault: Fault) -> Fault:
        """What doesn't answer may be a proxy."""
        asked = self.proxied and fault.kind in {"unreachable", "proxy"}
        variable = on_the_way(self.address) if asked else None
        if variable is None:
            return fault
        return replace(fault, kind="proxy", params={**fault.params, "variable": variable}, retryable=False)


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def dial(
    address: str,
    headers: Mapping[str, str],
    *,
    trust_env: bool = True,
    transport: Any = None,
    **tapped: Any,
) -> Clients:
    """Clients for the API at `address`, connected at their first request.

    Args:
        headers: the key, as this API takes it.
        trust_env: heed HTTP_PROXY and the like.
        transport: what answers in place of a server, sync and async.
        tapped: what else a `Tap` is told.
    """
    proxied = trust_env and bool(getproxies_environment())
    if proxied:
        left_out()  # no client can be built with those
    wire = Wire()
    sockets = Sockets(wire)
    timeout = httpx2.Timeout(SILENCE_SECONDS, connect=CONNECT_SECONDS)
    tap = Tap(wire=wire, sockets=sockets, address=address, headers=headers, timeout=timeout, **tapped)
    # A redirect is told, not followed: most make a GET of the POST, and the key is meant for one server.
    both: dict[str, Any] = {"verify": tls(), "trust_env": trust_env, "transport": transport, "auth": tap}
    both |= {"timeout": timeout, "follow_redirects": False}
    return Clients(address, httpx2.Client(**both), httpx2.AsyncClient(**both), wire, sockets, proxied)
