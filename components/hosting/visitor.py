"""Who asks, without keeping who that is: an address becomes a hash."""

import hashlib
import hmac
import secrets
from ipaddress import IPv6Address, ip_address, ip_network
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import gradio as gr
    from starlette.requests import HTTPConnection

# Characters of the hash; enough that no two visitors of a day meet.
LENGTH = 16
# One household or rented server has all addresses of such a network.
IPV6_NETWORK = 64


class Visitors:
    """Hashes addresses with a key that is made anew at every start.

    Servers that share their limits have to agree on a visitor's hash: what they all know, `shared`, is their
    key then. Without the key every address there is could be tried.
    """

    def __init__(self, shared: str = "") -> None:
        self._key = hashlib.sha256(shared.encode()).digest() if shared else secrets.token_bytes(32)

    def asking(self, request: "HTTPConnection | gr.Request") -> str:
        return self.of(request.client.host if request.client else None)

    def of(self, host: str | None) -> str:
        """`host`: the address as the server sees it, proxies that are not trusted included."""
        return hmac.new(self._key, _network(host or "").encode(), hashlib.sha256).hexdigest()[:LENGTH]


def _network(host: str) -> str:
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return host  # a trusted proxy's own word for someone
    if isinstance(address, IPv6Address):
        network = ip_network((address, IPV6_NETWORK), strict=False)
        return str(address.ipv4_mapped or network.network_address)
    return str(address)
