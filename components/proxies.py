"""Proxies and certificates in the environment: with which of them no HTTP client can be built, and what the
proxies leave alone.
"""

import os
import ssl
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from ipaddress import IPv6Address
from urllib.parse import urlsplit
from urllib.request import getproxies, getproxies_environment, proxy_bypass

# Files that every client opens as it is made, and why it can't.
FILES = {"SSL_CERT_FILE": "no certificate can be read from it", "SSLKEYLOGFILE": "it can't be written to"}
# Of the addresses that are asked through a proxy; "all" is for those that have none of their own.
SCHEMES = ("http", "https", "all")
LOOPBACK = ("localhost", "127.0.0.1", "::1")
USABLE = "http://, https://, socks5:// or socks5h://"


@cache
def left_out() -> Mapping[str, str]:
    """The variables that were taken out of this process's environment, and why: one clause each.

    Taken out once, at the first call. One of them fails every client that heeds the environment, Gradio's
    among them, whether it would ask anything through that proxy or not.
    """
    if not getproxies_environment():
        # The system's own settings, which count only as long as the environment says nothing.
        os.environ.update(
            {f"{scheme}_proxy": proxy for scheme, proxy in getproxies().items() if scheme in SCHEMES}
        )
    bad = unusable(os.environ)
    for variable in bad:
        del os.environ[variable]
    spare(*LOOPBACK)
    return bad


def unusable(environ: Mapping[str, str]) -> dict[str, str]:
    """The variables whose proxy or file can't be used, and why."""
    reasons = {name: _why_not(value) for name, value in environ.items() if _scheme(name) in SCHEMES and value}
    reasons |= {name: FILES[name] for name in FILES if environ.get(name) and not _opens(name, environ[name])}
    return {name: why for name, why in reasons.items() if why}


def on_the_way(url: str) -> str | None:
    """The variable through whose proxy `url` is asked, or would have to be if it could be used."""
    bad, address = left_out(), urlsplit(url)
    if proxy_bypass(address.hostname or ""):
        return None
    found = ({name: value for name, value in os.environ.items() if value}, bad)
    wanted = ((names, scheme) for names in found for scheme in (address.scheme, "all"))
    return next((name for names, scheme in wanted for name in names if _scheme(name) == scheme), None)


def spare(*hosts: str) -> None:
    """Let nothing that is asked of `hosts` go through a proxy."""
    told = [host.strip() for host in getproxies_environment().get("no", "").split(",")]
    kept = dict.fromkeys(filter(None, (*map(_spared, filter(None, told)), *hosts)))
    os.environ["no_proxy"] = os.environ["NO_PROXY"] = "*" if "*" in told else ",".join(kept)


def _scheme(variable: str) -> str:
    return variable.lower().removesuffix("_proxy") if variable.lower().endswith("_proxy") else ""


def _why_not(proxy: str) -> str:
    """By trying: nobody else knows what the installed client takes."""
    import httpx

    address = proxy if "://" in proxy else f"http://{proxy}"
    try:
        httpx.HTTPTransport(proxy=address, verify=False).close()  # nothing is asked through it
    except httpx.InvalidURL:
        return "what it says is no address"
    except ValueError:
        return f"it begins with {address.partition('://')[0].strip()}://, where it has to be {USABLE}"
    except ImportError as exc:
        return str(exc)
    return ""


def _opens(variable: str, path: str) -> bool:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    with suppress(OSError):
        if variable == "SSL_CERT_FILE":
            context.load_verify_locations(path)
        else:
            context.keylog_filename = path
        return True
    return False


def _spared(host: str) -> str:
    """As httpx can read it; "" where it can't, as with a network of IPv6, which it wouldn't heed anyway."""
    import httpx

    host = host.removeprefix("[").removesuffix("]")
    with suppress(ValueError):
        return str(IPv6Address(host))
    with suppress(httpx.InvalidURL):
        httpx.URL(host if "://" in host else f"all://*{host}")
        return host
    return ""
