"""A HAR, as browsers and proxies export it: http://www.softwareishard.com/blog/har-12-spec/"""

import ast
import json
import re
from base64 import b64decode
from binascii import Error
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from components.runs.captured.capture import (
    DAY,
    DIALECTS,
    EVENT,
    LARGEST,
    LENGTH,
    Capture,
    Piece,
    begun,
    blocks,
    too_large,
)
from components.streaming.text import sendable
from components.streaming.trace import BadRunFile
from components.streaming.trace.link import asked_in


def of_har(text: bytes) -> Capture:
    """The largest stream in it, of a dialect that is known if there is one, or else another reply."""
    try:
        # Not by orjson: a browser writes half a character as it was.
        entries = list(json.loads(text)["log"]["entries"])
    except (ValueError, KeyError, TypeError, RecursionError):
        raise BadRunFile("har_damaged") from None
    captures = list[Capture]()
    for entry in entries:
        with suppress(BadRunFile, KeyError, TypeError, ValueError, AttributeError):
            captures.append(_of_entry(entry))
    if not captures:
        raise BadRunFile("har_without")
    largest = max(captures, key=_likely)
    return replace(largest, replies=sum(one.replies for one in captures))


def _likely(capture: Capture) -> tuple[bool, bool, int]:
    size = sum(len(data) for _, data in capture.pieces)
    return capture.dialect != "", EVENT.match(capture.start) is not None, size


def _of_entry(entry: Mapping[str, Any]) -> Capture:
    # Milliseconds, -1 of what took no time.
    given = entry.get("timings")
    taken = given.items() if isinstance(given, dict) else ()
    timings = {name: min(max(0.0, ms / 1000), DAY) for name, ms in taken if isinstance(ms, int | float)}
    sent = sum(timings.get(name, 0.0) for name in ("blocked", "dns", "connect", "send"))
    headers, receive = sent + timings.get("wait", 0.0), timings.get("receive", 0.0)
    request, response = entry["request"], entry["response"]
    told: dict[str, Any] = {"sent": sent, "headers": headers, "status": int(response["status"] or 200)}
    told["path"] = re.sub(r"[?#].*", "", str(request["url"]))
    with suppress(KeyError, TypeError, ValueError, AttributeError):
        asked = json.loads(request["postData"]["text"])
        told["asked"] = asked_in(asked.get("messages") or asked.get("input") or asked.get("contents"))
    # Chrome's own, each with its time.
    messages = entry.get("_eventSourceMessages") or entry.get("_webSocketMessages")
    if messages:
        with suppress(KeyError, TypeError, ValueError):  # without their times
            return Capture.of(_messages(messages, entry), times="", **{**told, "status": 200})
    content = response["content"]
    body = sendable(content["text"]).encode()
    if content.get("encoding") == "base64":
        with suppress(Error):
            body = b64decode(body)
    streamed = re.search("event-stream|ndjson", str(content.get("mimeType")), re.I)
    asked_of = told["path"].endswith(tuple(end for _, end in DIALECTS.values()))
    if not (streamed or asked_of or (EVENT.match(body) and b"\ndata:" in b"\n" + body)):
        raise BadRunFile("har_without")
    pieces, passed = list[Piece](), 0
    for block in blocks(body):
        passed += len(block)
        first = not pieces or len(body) == len(block)
        pieces.append((headers + (0.0 if first else receive * passed / len(body)), block))
    return Capture.of(pieces, times="spread" if timings else "untimed", **told)


def _messages(messages: Iterable[Mapping[str, Any]], entry: Mapping[str, Any]) -> Iterator[Piece]:
    """Each with its time, in seconds since 1970."""
    start = datetime.fromisoformat(str(entry["startedDateTime"])).timestamp()
    for message in messages:
        if message.get("type") == "send":
            continue
        name = message.get("eventName") or message.get("event")
        lines = [f"event: {name}\n"] if name and name != "message" else []
        lines += [f"data: {line}\n" for line in str(message["data"]).split("\n")]
        yield float(message["time"]) - start, sendable("".join(lines) + "\n").encode()


_HEAD: Final = re.compile(rb"HTTP/[\d.]+ (\d{3})[^\n]*\n(?:[\w-]+:[^\n]*\n)*\r?\n")
# curl's meter, each time in the same line; what `curl -v` says; the lines of a terminal round them.
_METER: Final = re.compile(rb"(?:\r|^)[ \d]{3} [ \d.:kMGT-]{74}", re.M)
_BESIDE: Final = re.compile(
    rb"^(?:\d\d:\d\d:\d\d\.\d+ )?(?:[*>] ?[^\n]*|[{}] \[\d+ bytes data\]|  % Total [^\n]*| {30,}Dload [^\n]*"
    rb"|[ \d.:kMG%-]{20,}|curl: \(\d[^\n]*|Script (?:started|done) on [^\n]*|\^C"
    rb"|(?:PS [^>\n]*>|(?!(?:data|event|id|retry)?:)[^\s{\"]*[$#%])(?: [^\n]*)?)(?:\r?\n|\Z)",
    re.M,
)
_OF_HEAD: Final = re.compile(rb"^(?:\d\d:\d\d:\d\d\.\d+ )?< ", re.M)
_STAMP: Final = (
    rb"(?:\d{4}-\d\d-\d\dT?|[A-Z][a-z]{2} +\d{1,2})? ?(\d\d):(\d\d):(\d\d(?:[.,]\d+)?)(?:Z|[+-]\d\d:?\d\d)?"
)
_STAMPED: Final = re.compile(
    rb"^\[?(?:" + _STAMP + rb"|\+?(\d{9,19}|\d{1,10}\.\d+)s?)\]?"
    rb"(?:[ \t|:]*[ \t](?=(?:data|event|id|retry)?:)|[ \t|:]*(?=\r?$))",
    re.M,
)
_SECTION: Final = re.compile(
    rb"^(?:" + _STAMP + rb" )?(?:<=|=>|==) ((?:Recv|Send) (?:SSL )?(?:data|header)|Info)[^\n]*\n", re.M
)
# What `curl --trace-ids` adds, the colours of a terminal, and what Python prints of a line that it was sent.
_IDS: Final = re.compile(rb"^(\d\d:\d\d:\d\d\.\d+ )?\[[\dx]+-[\dx]+\] (?=[*<>=}{])", re.M)
_COLOURS: Final = re.compile(rb"\x1b\[[\d;]*[mK]")
_PRINTED: Final = re.compile(rb"""^b(?:'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*")(?=\r?$)""", re.M)
# What a log, or a mail's quotation, has before each line; none of it in a piece of JSON.
_BEFORE: Final = re.compile(rb"^[^{\"'\n]{1,60}?[ \t|>:](?=data: ?[{\[]|event: )", re.M)
_DUMPED: Final = re.compile(rb"^[\da-f]{4,}: ([^\n]*)\n?", re.M)
_HEX: Final = re.compile(rb"(?:[\da-f]{2} ){16}|(?:[\da-f]{2} ){1,15} ")
_BYTES: Final = re.compile(rb"(?:[\da-f]{2} ){,16}")
# In curl's ASCII trace a line's end is a point.
_POINTS: Final = re.compile(rb"\.+(?=(?:data|event|id|retry): ?|$)", re.M)


def of_text(text: bytes) -> Capture:
    """A body, with or without what curl says of it; or lines that have a time before them."""
    text = _PRINTED.sub(_as_sent, _COLOURS.sub(b"", text))
    text = _OF_HEAD.sub(b"", _BESIDE.sub(b"", _METER.sub(b"", text)))
    heads = list(_HEAD.finditer(text))
    told: dict[str, Any] = {}
    if heads:  # before the last, of proxies and redirections
        told = {"status": int(heads[-1][1]), "headed": b"event-stream" in heads[-1][0].lower()}
    stamps = list(_STAMPED.finditer(text))
    if stamps:
        return Capture.of(_stamped(text, stamps), times="since_first", **told)
    body = _BEFORE.sub(b"", LENGTH.sub(b"", text[heads[-1].end() :] if heads else text))
    told["replies"] = len(begun(text))  # each may have a head, and the last is read
    return Capture.of(((0.0, block) for block in blocks(body)), **told)


def _as_sent(printed: re.Match[bytes]) -> bytes:
    with suppress(ValueError, SyntaxError):
        return bytes(ast.literal_eval(printed[0].decode()))
    return printed[0]


def _stamped(text: bytes, stamps: list[re.Match[bytes]]) -> Iterator[Piece]:
    clock, lines = _Clock(), [part.strip(b"\r\n") for part in _between(text, stamps)]
    end = b"\n" if b"" in lines else b"\n\n"  # what filters lines often drops those that are empty
    for stamp, line in zip(stamps, lines, strict=True):
        yield clock.at(stamp, 4), line + (b"\n" if line.startswith(b"event") else end)


def _between(text: bytes, heads: list[re.Match[bytes]]) -> list[bytes]:
    """What stands behind each head, up to the next."""
    ends = [*(head.start() for head in heads[1:]), len(text)]
    return [text[head.end() : end] for head, end in zip(heads, ends, strict=True)]


class _Clock:
    """Seconds since the first time that it was asked for, over midnight too."""

    def __init__(self) -> None:
        self._first: float | None = None
        self._last = 0.0

    def at(self, match: re.Match[bytes], absolute: int = 0) -> float:
        if absolute and match[absolute]:
            # Seconds, as they are or since 1970; or of those the thousandth or thousand millionth parts.
            whole, point, _ = match[absolute].partition(b".")
            now = float(match[absolute]) / (1 if point else 10 ** (max(0, len(whole) - 10) // 3 * 3))
        elif match[1]:
            now = int(match[1]) * 3600 + int(match[2]) * 60 + float(match[3].replace(b",", b"."))
        else:
            return self._last
        if self._first is None:
            self._first = now
        passed = now - self._first
        self._last = max(self._last, passed + DAY if passed < -DAY / 2 else passed)
        return self._last


def of_trace(text: bytes) -> Capture | None:
    """curl's --trace or --trace-ascii, with or without --trace-time; None of what is neither."""
    text = text.replace(b"\r\n", b"\n")
    sections = list(_SECTION.finditer(text))
    if not sections:
        return None
    clock, timed = _Clock(), any(section[1] for section in sections)
    # But for the last, which may be cut off.
    in_hex = all(_HEX.match(line[1]) for line in list(_DUMPED.finditer(text))[:-1])
    pieces, sent, headers, status = list[Piece](), 0.0, 0.0, 200
    for section, part in zip(sections, _between(text, sections), strict=True):
        at, dumped = clock.at(section), _dumped(part, in_hex=in_hex)
        if section[4] in (b"Send header", b"Send data"):
            sent = at
        elif section[4] == b"Recv data":
            pieces.append((at, dumped))
        elif section[4] == b"Recv header" and (line := re.match(rb"HTTP/[\d.]+ (\d{3})", dumped)):
            headers, status = at, int(line[1])
    return Capture.of(pieces, times="" if timed else "untimed", sent=sent, headers=headers, status=status)


def _dumped(section: bytes, *, in_hex: bool) -> bytes:
    lines = [line[1] for line in _DUMPED.finditer(section)]
    if in_hex:
        return bytes.fromhex("".join(_BYTES.findall(line)[0].decode() for line in lines))
    # Each line of it is 64 characters of one, or ends where a line did.
    joined = b"".join(line if len(line) == 64 else line + b"\n" for line in lines)
    return _POINTS.sub(lambda points: b"\n" * len(points[0]), joined.removesuffix(b"\n"))


def in_utf_8(data: bytes) -> bytes:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):  # as PowerShell writes files
        return data.decode("utf-16", "replace").encode()
    return data.removeprefix(b"\xef\xbb\xbf")


def capture_of(data: bytes) -> Capture:
    """Raises BadRunFile: there is no stream in it."""
    if len(data) > LARGEST:
        raise too_large(len(data), LARGEST)
    text = in_utf_8(data)
    if not text.strip():
        raise BadRunFile("empty")
    if text.lstrip()[:1] == b"{" and b'"log"' in text and b'"entries"' in text:
        return of_har(text)
    text = _IDS.sub(rb"\1", text)
    return of_trace(text) or of_text(text)
