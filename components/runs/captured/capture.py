"""What a capture holds of one reply, in bounds."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, Self

from components.streaming.trace import BadRunFile

# Bytes: of a capture, and of the one stream in it; and its events. LangChain takes seconds to read as much.
LARGEST: Final = 20_000_000
LARGEST_STREAM: Final = 3_000_000
MOST_EVENTS: Final = 20_000
# Seconds; no reply takes longer.
DAY: Final = 24 * 3600.0

Piece = tuple[float, bytes]

EVENT: Final = re.compile(rb"\s*(?:data|event|id|retry)?:")
# What a reply that is no stream has, and nothing else.
_REPLY: Final = re.compile(
    rb'\s*[{\[].*(?:"(?:choices|candidates|promptFeedback|output|error)"\s*:|"type"\s*:\s*"message")', re.S
)
# How a reply begins; of chat completions, behind the end of another.
_BEGINS: Final = re.compile(rb'"type"\s*:\s*"(?:message_start|response\.created)"')
_AGAIN: Final = re.compile(rb'\[DONE\]\s.*?"choices"', re.S)
_BLOCK: Final = re.compile(rb"(?<=\n)\r?\n(?=.)|(?<=\r)\r(?=[^\r\n])", re.S)
# The lengths between the chunks of HTTP/1.1, which curl's trace has, too.
_LENGTH: Final = re.compile(rb"^[\da-f]{1,8}\r?\n", re.M | re.I)


@dataclass(frozen=True, slots=True)
class Capture:
    """What came, in pieces, each so many seconds after the request.

    `times`: "" where it has all of them, "since_first" where nobody knows when it was asked, "spread" where
    only the first's and the last's are known, "untimed" for none. `sent`, `headers`: when the request was
    out, and when the response began. `asked`: the prompt, where it is known, as `path` is. `replies`: how
    many there are, one of which is read.
    """

    pieces: list[Piece]
    times: str = "untimed"
    sent: float = 0.0
    headers: float = 0.0
    status: int = 200
    asked: str = ""
    path: str = ""
    replies: int = 1

    @classmethod
    def of(cls, pieces: Iterable[Piece], **told: Any) -> Self:
        """Raises BadRunFile: it is no reply, or too large a one."""
        kept = [(min(max(0.0, at), DAY), _LENGTH.sub(b"", data)) for at, data in pieces if data]
        if (size := sum(len(data) for _, data in kept)) > LARGEST_STREAM:
            raise too_large(size, LARGEST_STREAM)
        if (count := sum(data.count(b"data:") for _, data in kept)) > MOST_EVENTS:
            raise BadRunFile("capture_too_long", count=str(count), limit=str(MOST_EVENTS))
        start = b"".join(data for _, data in kept[:20])
        failed = told.get("status", 200) >= 400
        if not (failed or EVENT.match(start) or b"\ndata:" in start or _REPLY.match(start)):
            raise BadRunFile("foreign")
        told.setdefault("replies", replies_in(b"".join(data for _, data in kept)))
        return cls(kept, **told)


def replies_in(text: bytes) -> int:
    return len(_BEGINS.findall(text)) or 1 + len(_AGAIN.findall(text))


def too_large(size: int, limit: int) -> BadRunFile:
    return BadRunFile("capture_too_large", megabytes=f"{size / 1e6:.0f}", limit=f"{limit / 1e6:.0f}")


def blocks(body: bytes) -> list[bytes]:
    """Event by event."""
    ends = [found.end() for found in _BLOCK.finditer(body)]
    return [body[start:end] for start, end in zip([0, *ends], [*ends, len(body)], strict=True)]
