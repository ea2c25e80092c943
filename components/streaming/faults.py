"""Any exception of any provider becomes one small dataclass that a person can act on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from components.streaming.redact import redact

# Characters of a provider's own words that the page quotes.
DETAIL = 300

Kind = Literal[
    "missing",  # a key, project or credentials: params["fields"]
    "bad_setting",  # a value that can't be used, such as a base URL that is no URL: params["field"]
    "unauthorized",  # 401: the key or the credentials were refused
    "forbidden",  # 403
    "not_found",  # 404: the model, or the path under the base URL: params["model"]
    "bad_request",  # 400: params["detail"], the provider's own words
    "too_long",  # the conversation is larger than the window: params["tokens"], params["window"]
    "rate_limited",  # 429
    "server_error",  # 5xx: params["status"]
    "provider_error",  # an error object inside the stream: params["detail"]
    "unreachable",  # refused connection, unknown host: params["address"] where known
    "timeout",
    "dropped",  # the connection broke in mid-reply
    "cut_off",  # the stream ended cleanly, but without a finish reason
    "malformed",  # a chunk that can't be read
    "unreadable",  # a step of the chain could not read what the model wrote: params["detail"]
    "content_filter",
    "empty",  # a finished reply with no text
    "empty_message",  # nothing was asked
    "unsupported",  # this provider can't do this method: params["method"]
    "weights_missing",  # the embedded model's weights can't be had: params["detail"]
    "weights_damaged",  # they failed their checksum
    "disk_full",
    "local_failed",  # llama.cpp would not start: params["detail"]
    "local_died",  # llama.cpp ended in mid-reply; it is being restarted
    # This server's own, about its visitors:
    "too_many_runs",  # in the last minute
    "too_many_streams",  # of one visitor at the same time: params["limit"]
    "tokens_spent",  # what the owner gives in a day
    "message_too_long",  # params["limit"], characters
    "closed",  # this provider only with a key of one's own
    "limits_down",  # whether there is anything left on the owner's key can't be seen
    "busy",  # no place is free, and the line is full or can't be waited in
    "ending",  # this server is: it begins nothing, or could not wait for the reply's end
    "unknown",
]

RETRYABLE: frozenset[Kind] = frozenset(
    {
        *("rate_limited", "server_error", "provider_error", "unreachable", "timeout", "dropped", "malformed"),
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
    """Raised by our own code where it already knows the fault."""

    def __init__(self, kind: Kind, **params: str) -> None:
        super().__init__(kind, params)
        self.fault = Fault(kind, params, retryable=kind in RETRYABLE)

    def after(self, seconds: float) -> Failure:
        """The same, which may do better in `seconds`."""
        self.fault = replace(self.fault, retry_after=seconds)
        return self

    @classmethod
    def of(cls, fault: Fault) -> Failure:
        failure = cls(fault.kind)
        failure.fault = fault
        return failure


def fault_from(exc: BaseException, *, after_text: bool = False, secrets: Iterable[str] = ()) -> Fault:
    """What an exception means to the person in front of the page.

    No SDK is imported for it: exceptions are told by their status and by the names of their classes.
    `after_text`: text had arrived already, so a broken connection is a reply cut short. `secrets` are
    struck out of the provider's words, which may quote them.
    """
    family = list(causes_of(exc))
    for error in family:
        if isinstance(error, Failure):
            return error.fault
    names = {cls.__name__ for error in family for cls in type(error).__mro__}
    detail = _detail(family[0], secrets)
    # langchain-openai 1.7 knows OpenAI's overflow by words that openai 3.52 no longer says.
    overflow = any(getattr(error, "code", None) == "context_length_exceeded" for error in family)
    if overflow or "ContextOverflowError" in names:
        return Fault("too_long")
    if "UnsupportedProtocol" in names or "InvalidURL" in names:
        return Fault("bad_setting", {"field": "base_url"})
    for error in family:
        if (status := _status(error)) is not None:
            return _of_status(status, error, detail)
    if isinstance(exc, ValueError) and str(exc).startswith(NO_CHUNKS):
        return Fault("cut_off", retryable=True)
    kind = _of_names(names, after_text)
    params = {"fields": "credentials"} if kind == "missing" else {"detail": detail}
    return Fault(kind, params, retryable=kind in RETRYABLE)


# langchain-core 1.7, about a stream that ends before its first chunk: a login page's HTML, or nothing at all.
NO_CHUNKS = "No generation"

# The first row with a class of the exception, or of what caused it, decides.
BY_NAME: tuple[tuple[frozenset[str], Kind], ...] = (
    (frozenset({"RefreshError", "ModelAuthenticationError"}), "unauthorized"),
    (frozenset({"DefaultCredentialsError"}), "missing"),
    (
        frozenset(
            {"ModelTimeoutError", "TimeoutException", "TimeoutError", "Timeout", "StreamChunkTimeoutError"}
        ),
        "timeout",
    ),
    # Before what caused it, which would look like a chunk that arrived broken.
    (frozenset({"OutputParserException"}), "unreadable"),
    (frozenset({"JSONDecodeError", "DecodeError"}), "malformed"),
    (frozenset({"NotImplementedError"}), "unsupported"),
    (frozenset({"ConnectError", "ConnectionRefusedError", "gaierror"}), "unreachable"),
    (
        frozenset(
            {"ReadError", "RemoteProtocolError", "WriteError", "ConnectionError", "ChunkedEncodingError"}
        ),
        "dropped",
    ),
    (frozenset({"ModelConnectionError"}), "unreachable"),
    (frozenset({"APIError"}), "provider_error"),
)


def _of_names(names: set[str], after_text: bool) -> Kind:
    for row, kind in BY_NAME:
        if names & row:
            return "dropped" if kind == "unreachable" and after_text else kind
    return "unknown"


def _of_status(status: int, error: BaseException, detail: str) -> Fault:
    kinds: dict[int, Kind] = {
        400: "bad_request",
        401: "unauthorized",
        403: "forbidden",
        404: "not_found",
        408: "timeout",
        413: "too_long",
        422: "bad_request",
        429: "rate_limited",
        504: "timeout",
    }
    kind = kinds.get(status, "server_error" if status >= 500 else "bad_request")
    params = {"status": str(status), "detail": detail}
    return Fault(kind, params, retryable=kind in RETRYABLE, retry_after=_retry_after(error))


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
        if isinstance(status, int) and 400 <= status < 600:
            return int(status)
    return None


def _retry_after(error: Any) -> float | None:
    """Seconds from the response's Retry-After header; None without one, or where it is a date."""
    headers = getattr(getattr(error, "response", None), "headers", None) or {}
    try:
        return max(0.0, float(headers["retry-after"]))
    except (KeyError, ValueError, TypeError):
        return None


def _detail(error: Any, secrets: Iterable[str]) -> str:
    """The provider's own words, one line, without a key or what looks like one."""
    message = getattr(error, "message", None)
    body = getattr(error, "body", None)
    if isinstance(body, dict) and isinstance(body.get("message"), str):
        message = body["message"]
    text = " ".join(str(message if isinstance(message, str) else error).split())
    # Struck out before it is cut: half a key would not be recognised.
    return redact(text[: 10 * DETAIL], secrets)[:DETAIL]
