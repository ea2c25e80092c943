"""The names this server goes by, and whose pages may use it: what every request passes first.

A page of any site can have a browser send requests to a server on its reader's machine. With a name that
leads to 127.0.0.1 (DNS rebinding) that page even counts as the server's own, and reads the answers. What it
can't change is that name, in `Host`. An address can't be such a name, nor can `localhost`.
"""

import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from fnmatch import fnmatchcase
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from components.gradio_internals.routes import ASSETS
from components.http.refusal import Refusal
from components.settings import Settings

# As browsers send it: a name or an address, in brackets if it is one of IPv6, and a port.
HOST = re.compile(r"(\[[\da-f:.]+\]|[\w.-]+?)\.?(?::(\d{1,5})?)?", re.ASCII | re.IGNORECASE)
DEFAULT_PORTS = {"http": "80", "https": "443"}


# A name or an address, and the port, None where none was told.
Host = tuple[str, str | None]


class Hosts:
    """Refuses requests for names that aren't this server's, and those of other sites' pages."""

    def __init__(self, app: ASGIApp, settings: Settings, link: Callable[[], str | None]) -> None:
        """`link`: the address of the share link, once there is one."""
        self._app = ProxyHeadersMiddleware(app, settings.trusted_proxies)  # type: ignore[arg-type]
        self._allowed = settings.hosts
        self._below = urlsplit(settings.root_path).path
        self._link = link

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer: ASGIApp = self._app  # type: ignore[assignment]
        if scope["type"] == "http":
            # A proxy may leave the path on, by which nothing behind this would know its own routes.
            if self._below and scope["path"].startswith(f"{self._below}/"):
                scope = {**scope, "path": scope["path"].removeprefix(self._below)}
            request = Request(scope)
            try:
                self._check(request)
            except Refusal as refusal:
                answer = refusal.response(request)
        await answer(scope, receive, send)

    def _check(self, request: Request) -> None:
        """Raises Refusal: why it is not answered."""
        hosts = []
        for told in self._told(request):
            host = _host(told)
            if host is None or not self._is_ours(host[0]):
                raise Refusal("wrong_host", host=host[0] if host else told[:100])
            hosts.append(host)
        asks = request.method not in {"GET", "HEAD"}
        if not asks and ("origin" not in request.headers or request.scope["path"].startswith(ASSETS)):
            return
        if not self._is_own_page(request, hosts):
            name, _ = _page_of(request) or ("lab.example.org", None)
            raise Refusal("cross_site", host=name)

    def _told(self, request: Request) -> list[str]:
        """What it is asked as, also of a trusted proxy. No browser leaves `Host` out, old programs do."""
        told = request.headers.getlist("host")
        if request.client and request.client.host in self._app.trusted_hosts:
            forwarded = ",".join(request.headers.getlist("x-forwarded-host"))
            told += filter(None, map(str.strip, forwarded.split(",")))
        return told

    def _is_ours(self, name: str) -> bool:
        with suppress(ValueError):
            return bool(ip_address(name))
        link = urlsplit(self._link() or "").hostname or ""
        return any(fnmatchcase(name, ours) for ours in ("localhost", "*.localhost", link, *self._allowed))

    def _is_own_page(self, request: Request, hosts: Iterable[Host]) -> bool:
        """Whether this is sent by no browser, or by one for a page of ours.

        Browsers send some POSTs without asking first, and Gradio would let any page read the answers of a
        server with a name of its own, with the cookie of whoever is logged in.
        """
        if site := request.headers.get("sec-fetch-site"):
            return site in {"same-origin", "none"}
        # Not sent to a plain http:// address other than loopback, nor by old browsers.
        if "origin" not in request.headers:
            return True
        page = _page_of(request)
        if page is None:
            return False
        # A proxy may have dropped the port from Host; that TLS ended there makes no difference.
        asked = not {page, (page[0], None)}.isdisjoint(hosts)
        return asked or any(fnmatchcase(page[0], name) for name in self._allowed if name != "*")


def _page_of(request: Request) -> Host | None:
    """Where the page is from that sends this; None where that can't be told."""
    scheme, _, address = request.headers.get("origin", "").partition("://")
    page, port = _host(address), DEFAULT_PORTS.get(scheme)
    return (page[0], page[1] or port) if page and port else None


def _host(header: str) -> Host | None:
    found = HOST.fullmatch(header)
    return (found[1].strip("[]").lower(), found[2]) if found else None
