"""Which kind of fault an error's body tells of: by its codes, by its words, by HTTP's status."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from components.streaming.error_body import ErrorBody

if TYPE_CHECKING:
    from components.streaming.faults import Kind

BY_STATUS: Mapping[int, Kind] = {
    401: "unauthorized",
    402: "quota",
    403: "forbidden",
    404: "not_found",
    405: "no_chat_api",
    407: "proxy",
    408: "timeout",
    413: "too_long",
    429: "rate_limited",
    498: "overloaded",  # Groq's
    504: "timeout",
    524: "timeout",
    529: "overloaded",
}
# With these a server says that something is wrong, and leaves it to the body to say what.
VAGUE = frozenset({None, 400, 403, 422, 500, 502, 503})


def _codes(parts: str) -> re.Pattern[str]:
    return re.compile(rf" (?:{parts.replace(' ', '|')}) ")


# Whatever the status: OpenAI says 429 of spent credit, Azure 400 of filtered content. Codes are in small
# letters without punctuation; `\w*` is what providers put before and after.
ALWAYS: tuple[tuple[re.Pattern[str], Kind], ...] = (
    (_codes(r"contextlengthexceeded\w* exceedcontextsize\w* contextwindowexceeded\w*"), "too_long"),
    (
        _codes(r"insufficient(quota|balance|credits?|funds)\w* \w*billing\w* paymentrequired\w* arrearage"),
        "quota",
    ),
    (_codes(r"contentfilter contentpolicyviolation\w*"), "content_filter"),
    (_codes(r"datainspectionfailed contentmoderation\w*"), "content_filter"),
)
WHERE_VAGUE: tuple[tuple[re.Pattern[str], Kind], ...] = (
    (_codes(r"\w*over(loaded|capacity)\w*"), "overloaded"),
    (_codes(r"ratelimit\w* toomanyrequests\w* \w*throttl\w+ resourceexhausted 429"), "rate_limited"),
    (_codes(r"(invalid|incorrect)apikey\w* apikeyinvalid authentication\w* unauth\w+ 401"), "unauthorized"),
    (_codes(r"permission(denied|error)\w* forbidden accessdenied\w* 403"), "forbidden"),
    (_codes(r"(model)?notfound\w* 404"), "not_found"),
    (_codes(r"\w*timeout\w* deadlineexceeded 408 504"), "timeout"),
)
WITHOUT_STATUS: tuple[tuple[re.Pattern[str], Kind], ...] = (
    (_codes(r"(invalid|bad)request\w* invalidargument \w*validation\w* unsupported\w+"), "bad_request"),
)

QUOTA = re.compile(
    r"(?i)insufficient (credit|balance|fund|quota)|balance is (insufficient|too low)"
    r"|\b(no|any|out of) credits|billing hard limit|exceeded your current quota(?!.*retry in)|more credits"
    r"|余额不足|已欠费"
)
FILTERED = re.compile(r"(?i)\bflagged\b|(content|usage|safety) \w*\s?polic|new_sensitive|敏感|不安全")
# Said of a request that alone is more than a minute's: no window is full.
PER_MINUTE = re.compile(r"(?i)tokens per (minute|day)|\bTPM\b")
# A window that a setting of the request is too large for, and not the conversation.
REPLY_TOO_LONG = re.compile(r"(?i)max_(completion_|new_|output_)?tokens\W.{0,40}too large")
TOO_LONG = re.compile(
    r"(?i)exceed\w*\b.{0,60}\b(context|token limit|maximum number of tokens|max\w* (model )?len)"
    r"|max(imum)? (context|prompt|model) len"
    r"|(longer|greater|larger) than .{0,30}\b(context|max\w* (model )?len)"
    r"|(prompt|input|conversation) (is )?too long"
    r"|`inputs`.{0,60}must (be <=|have less than)"
    r"|token count .{0,60}(exceeds|supports)"
    r"|context .{0,30}\b(overflow|exceeded)|too large for model|overflows? the context|context the overflows"
    r"|tokens to keep from the initial prompt|too many (input )?tokens"
)
OVERLOADED = re.compile(r"(?i)\boverloaded\b|\b(at|over) capacity\b|too busy")
# A template that wants user and assistant in turns, or no system prompt: the same request fails again.
TEMPLATE = re.compile(r"(?i)roles must alternate|chat.?template|jinja|TemplateError")
# nginx's, Go's and Apache's words for an http:// that should have been https://.
WRONG_SCHEME = re.compile(r"(?i)plain HTTP (request was sent )?to|HTTP request to an HTTPS server")
NO_API = re.compile(r"(?i)unexpected endpoint")

# A number that isn't part of a name such as gpt-4-0613.
NUMBER = r"(?<![\w.-])(\d[\d,]{2,11})(?![\w-]|[.,]\d)"
WINDOW = tuple(
    re.compile(rf"(?i)(?:{before})\D{{0,40}}?{NUMBER}")
    for before in (
        r"n_ctx|\s>|must be <=|less than|too large for model",
        r"(?:context|prompt|model) (?:length|size|window|limit|len)|number of tokens|supports|limit",
    )
)


def kind_of(read: ErrorBody, status: int | None) -> tuple[Kind, dict[str, str]]:
    """The kind, and of a conversation that is too long the numbers that were told: `tokens`, `window`."""
    kind = _kind(read, status)
    return kind, _sizes(read) if kind == "too_long" else {}


def _kind(read: ErrorBody, status: int | None) -> Kind:
    words = read.words
    if kind := _first(ALWAYS, read.codes):
        return kind
    if status is not None and 300 <= status < 400:
        return "redirected"
    if QUOTA.search(words) and read.delay is None:
        return "quota"
    if FILTERED.search(words) and status not in BY_STATUS.keys() - VAGUE:
        return "content_filter"
    if PER_MINUTE.search(words):
        return "rate_limited"
    if REPLY_TOO_LONG.search(words) or TEMPLATE.search(words):
        return "bad_request"
    if TOO_LONG.search(words) and status != 429:
        return "too_long"
    if WRONG_SCHEME.search(words):
        return "wrong_scheme"
    if NO_API.search(words):
        return "no_chat_api"
    if status in VAGUE:
        if kind := _first(WHERE_VAGUE, read.codes):
            return kind
        if OVERLOADED.search(words):
            return "overloaded"
    status = status or read.status
    if status is None:
        return _first(WITHOUT_STATUS, read.codes) or "provider_error"
    return BY_STATUS.get(status, "server_error" if status >= 500 else "bad_request")


def _first(rows: tuple[tuple[re.Pattern[str], Kind], ...], codes: str) -> Kind | None:
    return next((kind for pattern, kind in rows if pattern.search(codes)), None)


def _sizes(read: ErrorBody) -> dict[str, str]:
    tokens, window = read.numbers.get("nprompttokens"), read.numbers.get("nctx")
    found = next(filter(None, (pattern.search(read.words) for pattern in WINDOW)), None)
    if window is None and found:
        window = _whole(found[1])
        rest = [_whole(text) for text in re.findall(NUMBER, read.words) if _whole(text) != window]
        # Some tell the message and the reply apart.
        tokens = next((number for number in rest if number > window), None) or sum(rest[:2])
    if window is None:
        return {}
    return {"window": str(window), **({"tokens": str(tokens)} if tokens and tokens > window else {})}


def _whole(text: str) -> int:
    return int(text.replace(",", ""))
