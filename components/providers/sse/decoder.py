"""Server-Sent Events out of bytes that may be cut anywhere, and compressed.

https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
"""

import codecs
import io
import re
import zlib
from collections.abc import Iterator, MutableMapping
from dataclasses import dataclass, field
from typing import Any

from components.streaming.faults import Failure

# What a server sends only so that a connection isn't given up: events of these names, or such as
# `OPENROUTER PROCESSING`, `ping - 12:01`, `[keep-alive]`: no JSON, and no words of an error.
_NAMES = frozenset({"ping", "keepalive", "keep-alive", "keep_alive", "heartbeat", "comment"})
_KEEP_ALIVE = re.compile(
    r"\W*(ping|pong|keep[-_ ]?alive|heart[-_ ]?beat|waiting|(\w+ )?processing)\b[^{]*"
    r'|\{\s*"type"\s*:\s*"(ping|keepalive|keep-alive|heartbeat)"\s*\}|:.*|\{\}|null|\[\]|""|',
    re.I | re.S,
)
# Characters of one line, or of a body that is no stream. A server that never ends it would fill the memory.
LONGEST = 16_000_000
# How a body begins that isn't compressed.
_PLAIN = re.compile(rb"\s*(data|event|id|retry|:|\{|\[|<)")
_GZIP = b"\x1f"
# Nobody here reads these, and nobody asked for them.
_FOREIGN = re.compile(r"\b(br|zstd|compress|dcb|dcz)\b")


@dataclass(slots=True)
class ServerSentEvent:
    """One block of the stream. `stray`: lines that are no field of the specification's."""

    name: str = ""
    data: list[str] = field(default_factory=list)
    stray: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "\n".join(self.data)

    @property
    def is_keep_alive(self) -> bool:
        """Whether it says nothing."""
        return self.name.lower() in _NAMES or _KEEP_ALIVE.fullmatch(self.text.strip()) is not None


class Decoder:
    """Fed with bytes; gives the blocks that have data, or lines of another kind; of a body that is no stream
    all of it at its end.

    `whole`: whether it is such a body, None before it begins.
    """

    def __init__(self) -> None:
        self.whole: bool | None = None
        # One bad byte costs one character, not the reply; a byte order mark is no text.
        decoder = codecs.getincrementaldecoder("utf-8-sig")("replace")
        # Every line ends with "\n": of one that ends with two characters the second may come later.
        self._decode = io.IncrementalNewlineDecoder(decoder, translate=True).decode
        self._rest: list[str] = []
        self._length = 0
        self._event = ServerSentEvent()

    def feed(self, data: bytes) -> Iterator[ServerSentEvent]:
        """Raises Failure: the stream has no line ends, or the body no end."""
        text = self._decode(data)
        if self.whole is None and (begun := text.lstrip("\ufeff \t\n")):
            self.whole = begun[0] in "{[<"
        yield from self._lines(text)

    def end(self) -> Iterator[ServerSentEvent]:
        """The last line without its end, and the last block without its blank line."""
        yield from self._lines(self._decode(b"", final=True) + "\n\n")
        if self.whole:
            yield ServerSentEvent(data=["".join(self._rest)])

    def _lines(self, text: str) -> Iterator[ServerSentEvent]:
        # Not `splitlines`, which also splits at U+2028 and the like.
        *lines, rest = [text] if self.whole else text.split("\n")
        if lines:
            lines[0] = "".join(self._rest) + lines[0]
            self._rest, self._length = [], 0
        self._rest.append(rest)
        self._length += len(rest)
        if self._length > LONGEST:
            raise Failure("no_chat_api" if self.whole else "malformed", detail="")
        for line in lines:
            if event := self._line(line):
                yield event

    def _line(self, line: str) -> ServerSentEvent | None:
        if not line:
            event, self._event = self._event, ServerSentEvent()
            return event if event.data or event.stray else None
        name, _, value = line.partition(":")
        # The specification forgives nothing here; what is dropped would be a piece of the reply.
        name, value = name.strip("\ufeff\0 \t").lower(), value.removeprefix(" ")
        if name == "data":
            while value.startswith("data:"):  # wrapped twice
                value = value.removeprefix("data:").lstrip()
            self._event.data.append(value)
        elif name == "event":
            self._event.name = value
        elif name and name not in {"id", "retry"}:
            self._event.stray.append(line)
        return None


class Unpacker:
    """A body's bytes as they were before they were compressed, whatever its head says of that: some servers
    compress what they were asked not to, some only say that they do.
    """

    def __init__(self, headers: MutableMapping[str, str]) -> None:
        """`headers`: the response's, out of which it takes what the SDK's client would believe."""
        self._encoding = headers.pop("content-encoding", "").lower()
        self._bits: int | None = None
        self._inflate: Any = None

    def feed(self, data: bytes) -> bytes:
        """Raises Failure: it can't be read."""
        if self._bits is None and data:
            self._bits = self._bits_of(data)
        if not self._bits:
            return data
        unpacked = b""
        try:
            while data:
                if self._inflate is None or self._inflate.eof:  # one piece after the other, each whole
                    self._inflate = zlib.decompressobj(self._bits)
                unpacked += self._inflate.decompress(data)
                data = self._inflate.unused_data
        except zlib.error:
            raise self._failure from None
        return unpacked

    def _bits_of(self, data: bytes) -> int:
        """zlib's window bits, which tell its formats apart; 0 for what isn't compressed."""
        if data.startswith(_GZIP):
            return 16 + zlib.MAX_WBITS
        if _PLAIN.match(data):
            return 0
        if _FOREIGN.search(self._encoding):
            raise self._failure
        if "deflate" not in self._encoding:
            return 0
        return zlib.MAX_WBITS if data[0] & 15 == zlib.DEFLATED else -zlib.MAX_WBITS

    @property
    def _failure(self) -> Failure:
        return Failure("malformed", detail=f"Content-Encoding: {self._encoding}")
