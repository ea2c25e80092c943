"""Any exception of any provider becomes one small dataclass that a person can act on."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from components.streaming import error_body
from components.streaming.error_body import retry_after
from components.streaming.error_kind import Kind, kind_of
from components.streaming.text import redact

# Characters of a provider's own words that the page quotes.
DETAIL = 300

RETRYABLE: frozenset[Kind] = frozenset(
    {
        *("rate_limited", "overloaded", "server_error", "provider_error", "unreachable", "timeout"),
        *("dropped", "malformed", "nothing_sent"),
        *("too_many_runs", "too_many_streams", "tokens_spent", "limits_down", "busy"),
    }
)


@dataclass(frozen=True, slots=True)
class Fault:
    """What happened (`kind`), with what the sentence about it needs (`params`).

    `retryable`: the same request may succeed when sent again. `retry_after`: seconds the provider asked
    to wait, if it did. The words are in `components/locale`, one pair of sentences a kind and language.
    """

    kind: Kind
    params: Mapping[str, str] = field(default_factory=dict)
    retryable: bool = False
    retry_after: float | None = None


class Failure(Exception):
    """Raised by our own code where it already knows the fault, or its kind."""

    def __init__(self, of: Fault | Kind, *, retry_after: float | None = None, **params: str) -> None:
        super().__init__(of, params)
        if not isinstance(of, Fault):
            of = Fault(of, params, retryable=of in RETRYABLE, retry_after=retry_after)
        self.fault = of


def fault_of_body(
    body: object,
    *,
    status: int | None = None,
    headers: Mapping[str, str] | None = None,
    secrets: Iterable[str] = (),
) -> Fault:
    """What an error's body means: parsed JSON of any shape, text, or a page of HTML.

    `status`: the response's, None or 200 for an error inside a stream. `secrets` are struck out of the
    provider's words, which may quote them.
    """
    read = error_body.read(body)
    kind, numbers = kind_of(read, status if status and status >= 300 else None)
    told = status if status and status >= 400 else read.status
    params = {"detail": _quoted(read.words, secrets), **numbers, **({"status": str(told)} if told else {})}
    if kind == "redirected":
        location = {name.lower(): value for name, value in (headers or {}).items()}.get("location", "")
        params["location"] = _quoted(location, secrets)
    if kind == "wrong_scheme":
        params["scheme"] = "https://"
    wait = retry_after(headers or {})
    return Fault(kind, params, retryable=kind in RETRYABLE, retry_after=read.delay if wait is None else wait)


def fault_from(exc: BaseException, *, after_text: bool = False, secrets: Iterable[str] = ()) -> Fault:
    """What an exception means to the person in front of the page.

    No SDK is imported for it: exceptions are told by their status and by the names of their classes.
    `after_text`: text had arrived already, so a broken connection is a reply cut short. `secrets` are
    struck out of the provider's words, which may quote them.
    """
    family = list(causes_of(exc))
    for error in family:
        if isinstance(error, Failure):  # what is told of a stream may quote them, too
            params = {name: redact(told, secrets) for name, told in error.fault.params.items()}
            return replace(error.fault, params=params)
    names = {cls.__name__ for error in family for cls in type(error).__mro__}
    if "UnsupportedProtocol" in names or "InvalidURL" in names:
        return Fault("bad_setting", {"field": "base_url"})
    if found := _unreached(family):
        return Fault(*found)
    for error in family:
        if (body := _body(error)) is not None:
            headers = getattr(getattr(error, "response", None), "headers", None)
            fault = fault_of_body(body, status=_status(error), headers=headers, secrets=secrets)
            # langchain knows words for it, too.
            return replace(fault, kind="too_long", retryable=False) if OVERFLOW in names else fault
    if "ModelRefusalError" in names:  # a parser's, of a reply that ended so
        words = str(exc).removeprefix(REFUSED).partition(": ")[2]
        return Fault("refused", {"detail": _quoted(words, secrets)}) if words else Fault("content_filter")
    if isinstance(exc, ValueError) and str(exc).startswith(NO_CHUNKS):
        return Fault("cut_off", retryable=True)
    kind: Kind = next((kind for kind, row in BY_NAME if names & row), "unknown")
    if kind == "unreachable" and after_text:
        kind = "dropped"
    params = {"fields": "credentials"} if kind == "missing" else {}
    if kind == "unreachable" and (host := _nameless(family)):
        params = {"host": host}
    if kind in ("unreadable", "unsupported", "unknown"):
        params = {"detail": _quoted(str(exc), secrets)}
    return Fault(kind, params, retryable=kind in RETRYABLE)


OVERFLOW = "ContextOverflowError"
# langchain-core 1.8, before the model's own words if it gave some.
REFUSED = "Model refused to produce the requested output"
# langchain-core 1.7, about a stream that ends before its first chunk: a login page's HTML, or nothing at all.
NO_CHUNKS = "No generation"

# The first row with a class of the exception, or of what caused it, decides.
BY_NAME: tuple[tuple[Kind, set[str]], ...] = (
    ("unauthorized", {"RefreshError", "ModelAuthenticationError"}),
    ("missing", {"DefaultCredentialsError"}),
    (
        "timeout",
        {"ModelTimeoutError", "TimeoutException", "TimeoutError", "Timeout", "StreamChunkTimeoutError"},
    ),
    # Before what caused it, which would look like a chunk that arrived broken.
    # pydantic's is LangChain's about a message whose parts it can't hold.
    ("unreadable", {"OutputParserException", "ValidationError"}),
    ("malformed", {"JSONDecodeError", "DecodeError"}),
    ("unsupported", {"NotImplementedError"}),
    ("endless", {"GraphRecursionError"}),
    ("unreachable", {"ConnectError", "ConnectionRefusedError", "gaierror"}),
    (
        "dropped",
        {"ReadError", "RemoteProtocolError", "WriteError", "ConnectionError", "ChunkedEncodingError"},
    ),
    ("unreachable", {"ModelConnectionError"}),
)

# Why no server was reached, where words tell it: OpenSSL's of a certificate, and of an answer that is no TLS;
# h11's of the first byte of one that is.
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


def _unreached(family: Sequence[BaseException]) -> tuple[Kind, dict[str, str]] | None:
    """A fault's kind and params. `family`: an exception and what caused it."""
    said = " ".join(map(str, family))
    for error in family:
        if type(error).__name__ == "ProxyError":
            return "proxy", {"detail": str(error)[:DETAIL]}
    if found := CERTIFICATE.search(said):
        return "certificate", {"detail": found[1].strip()[:DETAIL]}
    if NO_TLS.search(said):
        return "wrong_scheme", {"scheme": "http://"}
    if any(type(error).__name__ == "RemoteProtocolError" for error in family):
        if TLS in said:
            return "wrong_scheme", {"scheme": "https://"}
        if NO_HTTP.search(said):
            return "no_chat_api", {"detail": str(family[-1])[:DETAIL]}
    return None


def _nameless(family: Sequence[BaseException]) -> str:
    """The host whose name has no address; "" where that isn't why."""
    if NO_ADDRESS.search(" ".join(map(str, family))):
        for error in family:
            with suppress(AttributeError, RuntimeError):  # httpx's property raises where there is none
                return str(error.request.url.host)  # type: ignore[attr-defined]
    return ""


def causes_of(exc: BaseException) -> Iterator[BaseException]:
    """The exception, then what caused it, then what caused that."""
    seen: set[int] = set()
    error: BaseException | None = exc
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _status(error: Any) -> int | None:
    """The HTTP status that an SDK's exception carries: openai's `status_code`, Google's `code`."""
    for name in ("status_code", "code"):
        status = getattr(error, name, None)
        if isinstance(status, int) and 300 <= status < 600:
            return int(status)
    return None


def _body(error: Any) -> object:
    """The body behind an SDK's exception, as whole as it has it; None where there is none."""
    if hasattr(error, "body"):  # openai's, without what stands beside "error"; the response has it all
        text = ""
        with suppress(RuntimeError):  # a response that was never read
            text = str(getattr(getattr(error, "response", None), "text", ""))
        whole = text if text.strip() else error.body
        if whole is not None or _status(error) is not None:
            return whole or ""
    elif _status(error) is not None:
        named = {name: getattr(error, name, None) for name in ("message", "status", "details")}
        return {**named, "message": named["message"] or str(error)}
    return None


def _quoted(words: str, secrets: Iterable[str]) -> str:
    """The provider's own words, bounded. Struck out before they are cut: half a key is not recognised."""
    return redact(words[: 10 * DETAIL], secrets)[:DETAIL]
