"""What a capture holds of one reply, in bounds."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
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
# By what only they send, or by the end of the path that was asked.
DIALECTS: Final = {
    "Anthropic messages": (re.compile(rb'"type"\s*:\s*"(message_start|content_block_)'), "/messages"),
    "Responses": (re.compile(rb'"type"\s*:\s*"response\.'), "/responses"),
    "Gemini": (re.compile(rb'"(candidates|promptFeedback)"\s*:'), "GenerateContent"),
    "chat completions": (re.compile(rb'"choices"\s*:'), "/completions"),
}
# Bytes in which a stream says what it is; an error may come first.
_LOOKED_AT: Final = 200_000
# What a reply that is no stream of events has, and nothing else; the last is Ollama's own API.
_REPLY: Final = re.compile(
    rb'\s*[{\[].*(?:"(?:choices|candidates|promptFeedback|output|error)"\s*:|"type"\s*:\s*"message"'
    rb'|"done"\s*:\s*(?:true|false)\b)',
    re.S,
)
_DATA: Final = re.compile(rb"^[ \t]*data:", re.M)
_DONE: Final = re.compile(rb"[ \t]*data:\s*\[DONE\]")
# How a reply begins, and what tells of its text, of its end and of which it is.
_BEGINS: Final = re.compile(rb'"type"\s*:\s*"(?:message_start|response\.created)"')
_SAYS: Final = re.compile(rb'"(?:content|reasoning\w*|text|arguments)"\s*:\s*"[^"]')
_ENDS: Final = re.compile(rb'"finish_?reason"\s*:\s*"', re.I)
_ID: Final = re.compile(rb'"(?:id|responseId)"\s*:\s*"([^"]+)"')
_BLOCK: Final = re.compile(rb"(?<=\n)\r?\n(?=.)|(?<=\r)\r(?=[^\r\n])", re.S)
# The lengths between the chunks of HTTP/1.1, which curl's trace has, too.
LENGTH: Final = re.compile(rb"(?:\A|\r\n)[\da-f]{1,8}\r\n|^[\da-f]{1,8}\n", re.M | re.I)
_CUT_LENGTH: Final = re.compile(rb"(?:\A|\n)[\da-f]{1,8}\r?\Z", re.I)


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
    def of(cls, pieces: Iterable[Piece], *, headed: bool = False, **told: Any) -> Self:
        """`headed`: its head says that it is a stream.

        Raises BadRunFile: it is no reply, or too large a one.
        """
        kept = [(min(max(0.0, at), DAY), LENGTH.sub(b"", data)) for at, data in pieces if data]
        kept[-1:] = [(at, _CUT_LENGTH.sub(b"", data)) for at, data in kept[-1:]]
        whole = b"".join(data for _, data in kept)
        if len(whole) > LARGEST_STREAM:
            raise too_large(len(whole), LARGEST_STREAM)
        if (count := whole.count(b"data:")) > MOST_EVENTS:
            raise BadRunFile("capture_too_long", count=str(count), limit=str(MOST_EVENTS))
        headed = headed or told.get("status", 200) >= 400
        if not (headed or EVENT.match(whole) or b"\ndata:" in whole or _REPLY.match(whole)):
            raise BadRunFile("foreign")
        begins = begun(whole)
        told["replies"] = max(told.get("replies", 1), len(begins))
        return cls(list(_before(kept, begins[1] if len(begins) > 1 else len(whole))), **told)

    @property
    def start(self) -> bytes:
        return b"".join(data for _, data in self.pieces)[:_LOOKED_AT]

    @property
    def dialect(self) -> str:
        """By what was sent, "" where that doesn't tell."""
        return next((name for name, (sent, _) in DIALECTS.items() if sent.search(self.start)), "")


def begun(text: bytes) -> list[int]:
    """Where the replies in it begin: behind the end of another, or with an id of their own once it has said
    why it ends.
    """
    starts = [data.start() for data in _DATA.finditer(text)]
    found, done, ending, ids = list[int](), True, False, set[bytes]()
    for at, end in pairwise([*starts, len(text)]):
        part = text[at:end]
        own = set(_ID.findall(part))
        done = done or (ending and bool(ids and own and not own & ids))
        if _BEGINS.search(part) or (done and _SAYS.search(part)):
            found.append(at)
            done, ending, ids = False, False, set()
        done = done or _DONE.match(part) is not None
        ending = ending or _ENDS.search(part) is not None
        ids |= own
    return found


def _before(pieces: Iterable[Piece], end: int) -> Iterator[Piece]:
    """What of them stands before the offset `end`."""
    for at, data in pieces:
        if end > 0:
            yield at, data[:end]
        end -= len(data)


def too_large(size: int, limit: int) -> BadRunFile:
    return BadRunFile("capture_too_large", megabytes=f"{size / 1e6:.0f}", limit=f"{limit / 1e6:.0f}")


def blocks(body: bytes) -> list[bytes]:
    """Event by event."""
    ends = [found.end() for found in _BLOCK.finditer(body)]
    return [body[start:end] for start, end in zip([0, *ends], [*ends, len(body)], strict=True)]
