"""A base URL as people paste it, and as the SDK needs it: its path goes behind it."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urlsplit, urlunsplit

from components.streaming.faults import Failure

ENDPOINT = re.compile(r"/(chat/completions|completions|embeddings|responses|messages|models)/*$")


def normalised(base_url: str, field: str = "base_url") -> tuple[str, dict[str, str]]:
    """The part before the endpoint, and the query that every request's address ends with.

    `field`: where it was given.

    Raises:
        Failure: no http or https URL, or one with a password or a fragment in it.
    """
    try:
        parts = urlsplit(base_url.strip())
        host = (parts.hostname or "").encode("idna").decode()
        usable = parts.scheme in {"http", "https"} and bool(host) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or "@" in parts.netloc or parts.fragment:
        raise Failure("bad_setting", field=field)
    host = f"[{host}]" if ":" in host else host
    netloc = host if parts.port is None else f"{host}:{parts.port}"
    path = ENDPOINT.sub("", re.sub(r"/{2,}", "/", parts.path)).rstrip("/")
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    return urlunsplit((parts.scheme, netloc, path, "", "")), query


def same(one: str, other: str) -> bool:
    """Whether two base URLs lead to the same place; a wrong one leads nowhere."""
    try:
        return one == other or normalised(one) == normalised(other)
    except Failure:
        return False
