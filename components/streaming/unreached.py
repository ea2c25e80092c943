"""Why no server was reached, where the words of the exceptions tell it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from components.streaming.faults import Kind

# Characters of another's words.
LONGEST = 300
# What OpenSSL says of a certificate, of an answer that is no TLS, and h11 of the first byte of one that is.
CERTIFICATE = re.compile(r"(?i)certificate[ _]verify[ _]failed(?:\] certificate verify failed)?:? ?([^(\n]*)")
NO_TLS = re.compile(
    r"WRONG_VERSION_NUMBER|wrong version number|record layer failure|HTTP_REQUEST\b|PACKET_LENGTH_TOO_LONG"
)
TLS = "illegal request line"
# h11 of an answer that is no HTTP, or none that can be read.
NO_HTTP = re.compile(
    r"illegal (status|header)|no response line|Receive buffer|Content-Length|Transfer-Encoding"
)
NO_ADDRESS = re.compile(
    r"Name or service not known|No address associated|nodename nor servname"
    r"|getaddrinfo failed|name resolution"
)


def unreached(family: Sequence[BaseException]) -> tuple[Kind, dict[str, str]] | None:
    """A fault's kind and params. `family`: an exception and what caused it."""
    said = " ".join(map(str, family))
    for error in family:
        if type(error).__name__ == "ProxyError":
            return "proxy", {"detail": str(error)[:LONGEST]}
    if found := CERTIFICATE.search(said):
        return "certificate", {"detail": found[1].strip()[:LONGEST]}
    if NO_TLS.search(said):
        return "wrong_scheme", {"scheme": "http://"}
    if any(type(error).__name__ == "RemoteProtocolError" for error in family):
        if TLS in said:
            return "wrong_scheme", {"scheme": "https://"}
        if NO_HTTP.search(said):
            return "no_chat_api", {"detail": str(family[-1])[:LONGEST]}
    return None


def nameless(family: Sequence[BaseException]) -> str:
    """The host whose name has no address; "" where that isn't why."""
    if not NO_ADDRESS.search(" ".join(map(str, family))):
        return ""
    return next(filter(None, map(_host, family)), "")


def _host(error: BaseException) -> str:
    try:  # httpx's property raises where there is none
        return str(error.request.url.host)  # type: ignore[attr-defined]
    except (AttributeError, RuntimeError):
        return ""
