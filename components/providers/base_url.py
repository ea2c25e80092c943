"""A base URL as people paste it, and as the SDK needs it: its path goes behind it."""

import re
from urllib.parse import parse_qsl, quote, urlsplit, urlunsplit

from components.streaming.faults import Failure

ENDPOINT = re.compile(
    r"/(chat/completions|completions|embeddings|responses|messages|models(/[^/]+:\w+)?"
    r"|api/(chat|generate|tags)|(?<=v1/)chat)/*$"
)
# What a page, a shell or a chat puts around a URL that is copied from it.
AROUND = " \t\r\n\"'`<>\ufeff\u200b"
# A word alone is no address.
NO_SCHEME = re.compile(r"(//)?(?=localhost|[^/?#]+[.:/])(?![a-z]+:(?!\d))", re.I)
HOST = re.compile(r"[\w.:%-]+")
# A machine of one's own has no certificate.
NEAR = re.compile(r"localhost\b|[\d.]+(:|/|$)|\[|[^./:]+(:|/|$)", re.I)


def normalised(base_url: str, field: str = "base_url") -> tuple[str, dict[str, str]]:
    """The part before the endpoint, and the query that every request's address ends with.

    `field`: where it was given.

    Raises Failure: no http or https URL, or one with a password or a fragment in it.
    """
    given = base_url.strip(AROUND)
    if bare := NO_SCHEME.match(given):
        given = given[bare.end() :]
        given = f"{'http' if NEAR.match(given) else 'https'}://{given}"
    try:
        parts = urlsplit(given)
        host = (parts.hostname or "").encode("idna").decode()
        usable = parts.scheme in {"http", "https"} and bool(HOST.fullmatch(host)) and parts.port != 0
        path = quote(parts.path, safe="/%:@!$&'()*+,;=~", errors="strict")
    except ValueError:
        usable = False
    if not usable or "@" in parts.netloc or parts.fragment:
        raise Failure("bad_setting", field=field)
    host = f"[{host}]" if ":" in host else host
    netloc = host if parts.port is None else f"{host}:{parts.port}"
    path = ENDPOINT.sub("", re.sub(r"/{2,}", "/", path)).rstrip("/")
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    return urlunsplit((parts.scheme, netloc, path, "", "")), query


def same(one: str, other: str) -> bool:
    """Whether two base URLs lead to the same place; a wrong one leads nowhere."""
    try:
        return one == other or normalised(one) == normalised(other)
    except Failure:
        return False
