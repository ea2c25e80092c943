"""What curl writes down: a body, with or without what it says of it, its traces; and lines with times."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Final

from components.runs.captured.capture import DAY, Capture, Piece, blocks

_HEAD: Final = re.compile(rb"HTTP/[\d.]+ (\d{3})[^\n]*\n(?:[\w-]+:[^\n]*\n)*\r?\n")
# What `curl -v` says beside the body, and its meter.
_BESIDE: Final = re.compile(rb"^(?:[*<>] ?[^\n]*|[{}] \[\d+ bytes data\]|[ \d.:kMG%-]{20,})\r?\n", re.M)
_STAMP: Final = (
    rb"(?:\d{4}-\d\d-\d\dT?|[A-Z][a-z]{2} +\d{1,2})? ?(\d\d):(\d\d):(\d\d(?:[.,]\d+)?)(?:Z|[+-]\d\d:?\d\d)?"
)
_STAMPED: Final = re.compile(
    rb"^\[?(?:" + _STAMP + rb"|(\d{9,10}\.\d+))\]?(?:[ \t](?=(?:data|event|id|retry)?:)|[ \t]*(?=\r?$))", re.M
)
_SECTION: Final = re.compile(
    rb"^(?:" + _STAMP + rb" )?(<=|=>|==) (Recv data|Recv header|Send data|Send header|Info)[^\n]*\n", re.M
)
_DUMPED: Final = re.compile(rb"^[\da-f]{4,}: ([^\n]*)\n?", re.M)
_HEX: Final = re.compile(rb"(?:[\da-f]{2} ){16}|(?:[\da-f]{2} ){1,15} ")
# In curl's ASCII trace a line's end is a point.
_POINTS: Final = re.compile(rb"\.+(?=(?:data|event|id|retry): ?|$)", re.M)


def of_text(text: bytes) -> Capture:
    """A body, with or without what curl says of it; or lines that have a time before them."""
    head = _HEAD.search(text[:20_000])
    status = int(head[1]) if head else 200
    stamps = list(_STAMPED.finditer(text))
    if stamps:
        return Capture.of(_stamped(text, stamps), times="since_first", status=status)
    body = _BESIDE.sub(b"", text[head.end() :] if head and head.start() == 0 else text)
    return Capture.of(((0.0, block) for block in blocks(body)), status=status)


def _stamped(text: bytes, stamps: list[re.Match[bytes]]) -> Iterator[Piece]:
    clock, lines = _Clock(), list[bytes]()
    for stamp, following in zip(stamps, [*stamps[1:], None], strict=True):
        lines.append(text[stamp.end() : following.start() if following else len(text)].strip(b"\r\n"))
    end = b"\n" if b"" in lines else b"\n\n"  # what filters lines often drops those that are empty
    for stamp, line in zip(stamps, lines, strict=True):
        yield clock.at(stamp, 4), line + (b"\n" if line.startswith(b"event") else end)


class _Clock:
    """Seconds since the first time that it was asked for, over midnight too."""

    def __init__(self) -> None:
        self._first: float | None = None
        self._last = 0.0

    def at(self, match: re.Match[bytes], absolute: int = 0) -> float:
        if absolute and match[absolute]:
            now = float(match[absolute])
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
    sections = list(_SECTION.finditer(text))
    if not sections:
        return None
    clock, timed = _Clock(), any(section[1] for section in sections)
    pieces, sent, headers, status = list[Piece](), 0.0, 0.0, 200
    for section, following in zip(sections, [*sections[1:], None], strict=True):
        at = clock.at(section)
        dumped = _dumped(text[section.end() : following.start() if following else len(text)])
        if section[5].startswith(b"Send"):
            sent = at
        elif section[5] == b"Recv data":
            pieces.append((at, dumped))
        elif section[5] == b"Recv header" and (line := re.match(rb"HTTP/[\d.]+ (\d{3})", dumped)):
            headers, status = at, int(line[1])
    return Capture.of(pieces, times="" if timed else "untimed", sent=sent, headers=headers, status=status)


def _dumped(section: bytes) -> bytes:
    lines = [line[1] for line in _DUMPED.finditer(section)]
    if all(_HEX.match(line) for line in lines):
        with suppress(ValueError):
            return b"".join(bytes.fromhex(line[:48].decode()) for line in lines)
    # Each line of it is 64 characters of one, or ends where a line did.
    joined = b"".join(line if len(line) == 64 else line + b"\n" for line in lines)
    return _POINTS.sub(lambda points: b"\n" * len(points[0]), joined.removesuffix(b"\n"))
