"""An error's body, of whatever shape: its words, its codes, its status; and how long it asks to wait."""

import ast
import html
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from itertools import chain
from typing import Any

# Levels of nesting that are read, and the items of a list. A body may quote the whole request.
DEPTH = 8
ITEMS = 5
LONGEST = 20_000  # characters of words
LONGEST_JSON = 2_000_000
LONGEST_CODE = 40  # what is longer is a sentence
# A server that asks for more has no useful wait to tell.
LONGEST_WAIT = 31 * 24 * 3600.0
# So many are no wait, but a time as Unix tells it.
EPOCH = 1e9

# Where a message stands, the likeliest first. `error` is often only the status in words.
WORDS = (
    *("faultstring", "message", "errormessage", "errormsg", "msg", "errordescription"),
    *("detail", "details", "errors", "error", "fault"),
    *("title", "description", "reason", "text", "statusmsg"),
)
# Where a code stands. A number is one of HTTP's, or the provider's own.
CODES = (
    *("code", "type", "status", "errortype", "errorcode", "statuscode", "rawstatuscode", "httpstatus"),
    *("reason", "title", "error"),
)
# Where a wait stands, in seconds.
DELAYS = frozenset({"retrydelay", "retryafter", "retryafterseconds", "resetsinseconds"})
# What says nothing that another field doesn't say better.
EMPTY_WORDS = frozenset({"", "none", "null", "true", "false", "error", "provider returned error"})

PAGE = re.compile(r"(?i)<(!doctype|html|\?xml)\b")
STATUS_IN_WORDS = re.compile(
    r"(?i)^(?:http(?:/[\d.]+)? |error(?: code)?:? )?([45]\d\d)(?=$|[:,]| (?!tokens)[a-z-])"
)
# The class that boto3 and LiteLLM name in their words.
NAMED = re.compile(r"\((\w{1,40}Exception)\)|\blitellm\.(\w{1,40})")
# `retry in 34.07s`, `try again in 6m0s`, `retry after 38 seconds`.
WAIT = re.compile(
    r"(?i)\b(?:retry|try again) (?:in|after) (?:(\d{1,4})m)?(\d{1,9}(?:\.\d+)?) ?(?:(ms|millis)|s)"
)


@dataclass(frozen=True, slots=True)
class ErrorBody:
    """`words`: one line, all that was found. `codes`: in small letters without punctuation, with a space
    around each. `status`: HTTP's, 400 to 599, if the body has one. `numbers`: whole numbers by their names.
    `delay`: seconds to wait, as Google or the words tell them."""

    words: str
    codes: str
    status: int | None
    numbers: Mapping[str, int]
    delay: float | None


def read(body: object) -> ErrorBody:
    value = _parsed(body)
    words = _line(_words(value, DEPTH))
    pairs = list(_pairs(value, DEPTH))
    # The outermost of a name, which comes first, counts.
    numbers = {name: given for name, given in reversed(pairs) if type(given) is int}
    told = [str(given) for name, given in pairs if name in CODES and isinstance(given, str | int | float)]
    told += filter(None, chain(*NAMED.findall(words)))
    codes = [_letters(code) for code in told if len(code) <= LONGEST_CODE]
    status = next((int(code) for code in codes if re.fullmatch(r"[45]\d\d", code)), None)
    if status is None and (found := STATUS_IN_WORDS.match(words)):
        status = int(found[1])
    delay = next((given for name, given in pairs if name in DELAYS), "")
    seconds = _seconds(f"retry in {delay}s" if delay else words)
    return ErrorBody(words, f" {' '.join(codes)} ", status, numbers, seconds)


def _seconds(words: str) -> float | None:
    found = WAIT.search(words)
    return found and 60 * float(found[1] or 0) + float(found[2]) * (0.001 if found[3] else 1)


def _parsed(body: object) -> object:
    """What JSON says, where it is JSON, also as the data of an event or as Python writes it."""
    if isinstance(body, bytes | bytearray):
        body = body.decode("utf-8", "replace")
    if not isinstance(body, str):
        return body
    text = body.strip().lstrip("\ufeff")
    data = re.search(r"(?m)^data:(.*)", text)
    for candidate in (text, data[1].strip() if data else ""):
        if candidate[:1] in ("{", "[", '"'):
            for parse, longest in ((json.loads, LONGEST_JSON), (ast.literal_eval, LONGEST)):
                try:
                    return parse(candidate[:longest])
                except (ValueError, SyntaxError, RecursionError, MemoryError):
                    continue
    return _of_page(text) if text[:1] == "<" else text


def _of_page(text: str) -> str:
    """The title of a page of HTML or its first heading, or else its first words."""
    page = text[:LONGEST]
    for tag in ("title", "h1", "message"):
        if (found := re.search(rf"(?is)<{tag}\b[^>]*>(.*?)</{tag}>", page)) and _tagless(found[1]):
            return _tagless(found[1])
    return _tagless(re.sub(r"(?is)<(script|style)\b.*?(</\1>|\Z)|<!--.*?(-->|\Z)", " ", page))


def _tagless(text: str) -> str:
    return html.unescape(re.sub(r"<[^>]*>?", " ", text)).strip()


def _words(value: object, depth: int) -> str:
    if depth < 0 or value is None or isinstance(value, bool):
        return ""
    if isinstance(value, str):
        return _inside(value, depth)
    if isinstance(value, Mapping):
        return _of_object(value, depth - 1)
    if isinstance(value, list | tuple):
        said = (_words(item, depth - 1) for item in value[:ITEMS])
        return "; ".join(dict.fromkeys(filter(None, said)))
    return str(value)[:100]


def _inside(text: str, depth: int) -> str:
    """A message may carry another server's whole body: a page, JSON, or what Python writes of a dict."""
    text = text[:LONGEST].strip()
    if PAGE.match(text):
        return _of_page(text)
    start = text.find("{")
    if start < 0 or not text.endswith("}"):
        return text
    inner = _parsed(text[start:])
    said = _words(inner, depth - 1) if isinstance(inner, Mapping) else ""
    before = text[:start].rstrip(" -:\n")
    return ": ".join(filter(None, (before, said))) if said else text


def _of_object(value: Mapping[Any, Any], depth: int) -> str:
    named = {_letters(str(name)): given for name, given in value.items()}
    if isinstance(named.get("msg"), str) and isinstance(named.get("loc"), list | tuple):  # pydantic's
        return f"{'.'.join(str(part) for part in named['loc'])}: {named['msg']}"
    best = ""
    for name in WORDS:
        said = _words(named.get(name), depth)
        if said.lower() not in EMPTY_WORDS:
            return said
        best = best or said
    if isinstance(metadata := named.get("metadata"), Mapping) and (raw := _words(metadata.get("raw"), depth)):
        return raw
    pairs = (
        ("" if isinstance(given, Mapping) else f"{name}: ", _words(given, depth))
        for name, given in list(value.items())[: 2 * ITEMS]
    )
    return best or ", ".join(name + said for name, said in pairs if said)


def _pairs(value: object, depth: int) -> Iterator[tuple[str, object]]:
    """Every name and what it has, the outer ones first."""
    if isinstance(value, str) and "{" in value:
        value = _parsed(value[value.find("{") :])
    if depth < 0:
        return
    if isinstance(value, Mapping):
        yield from ((_letters(str(name)), given) for name, given in value.items())
    inner = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    for given in list(inner)[: 4 * ITEMS]:
        yield from _pairs(given, depth - 1)


def _letters(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter.isalnum())


def _line(text: str) -> str:
    """One line without what moves a terminal's cursor or is half a character."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text[:LONGEST]).split())


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds, from `retry-after-ms` or from `Retry-After` as seconds or a date; None for anything else."""
    lower = {str(name).lower(): str(value) for name, value in headers.items()}
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        if name in lower:
            try:
                seconds = float(lower[name]) * unit
                seconds -= datetime.now(UTC).timestamp() if seconds > EPOCH else 0
            except ValueError:
                seconds = _seconds(f"retry in {lower[name]}") or _until(lower[name])
            if seconds <= LONGEST_WAIT:  # not so for nan
                return max(0.0, seconds)
    return None


def _until(date: str) -> float:
    try:
        then = parsedate_to_datetime(date)
        # One of HTTP's three forms has no zone: all three are in UTC.
        return ((then if then.tzinfo else then.replace(tzinfo=UTC)) - datetime.now(UTC)).total_seconds()
    except (ValueError, TypeError, OverflowError, IndexError):
        return float("nan")
