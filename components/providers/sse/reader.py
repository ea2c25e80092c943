"""One response's body, on its way from the socket to the SDK. No input or output in here."""

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any, Final

from components.providers.sse.decoder import Decoder, ServerSentEvent, Unpacker
from components.providers.sse.dialect import Dialect
from components.providers.sse.whole import QUOTED, documents, quoted, read_whole
from components.streaming.connection import Wire
from components.streaming.faults import Failure, fault_of_body

# A field that the specification doesn't know.
_FIELD: Final = re.compile(r"[\w-]+:")
# Bytes of a body that is no stream.
LONGEST_BODY: Final = 16_000_000
# OpenAI's `[DONE]`, and others' words for it.
_DONE: Final = re.compile(r"\W*(done|end|eos|finish(ed)?|completed?)\W*", re.I)
_FAILED: Final = re.compile(r"\w*(error|exception|failed|failure)", re.I)
# Characters of words that are no event.
LONGEST_WORDS: Final = 20_000


class WireReader:
    """Turns what came into events that the SDK understands, and errors into `Failure`s.

    `finished`: the model has said why it ended, or its server that it did; `ended`: nothing more is worth
    waiting for, but `end`.
    """

    def __init__(self, wire: Wire, dialect: Dialect, encoding: str, *, events: bool) -> None:
        """`encoding`: the head's Content-Encoding. `events`: it says that this is a stream."""
        self._wire = wire
        self._dialect = dialect
        self._events = events
        self._unpacker = Unpacker(encoding)
        self._decoder = Decoder()
        self._form: str | None = None
        self._body = bytearray()
        # Whether there was something of a reply in what came last.
        self._content = False
        self._first = ""
        self._known = False
        self._done = False
        self._stray = ""
        self._failure: Failure | None = None
        self.ended = False
        wire.done, wire.refusal = False, ""

    @property
    def finished(self) -> bool:
        return self._done or self._dialect.finished

    def feed(self, data: bytes) -> bytes:
        """What can be handed on by now. The wire is told of it before anybody is given it.

        Raises Failure: it can't be unpacked, or is too long.
        """
        size, at, self._content = len(data), self._wire.trace.now(), False
        data = self._unpacker.feed(data)
        if self._form is None and (begun := data.lstrip(b"\xef\xbb\xbf \t\r\n")):
            self._form = "body" if begun[:1] in b"{[<" else "events"
        if self._form == "body":
            self._body += data
            self._wire.read(size, content=True, at=at)
            if len(self._body) > LONGEST_BODY:
                raise Failure("no_chat_api", detail="")
            return b""
        parts = self._handed_on(self._decoder.feed(data))
        self._wire.read(size, content=self._content, at=at)
        return parts

    def end(self) -> Iterator[bytes]:
        """The rest, once nothing more comes.

        Raises Failure: it was no reply, or had an error in it, or a piece that can't be read.
        """
        if self._form == "body":
            yield from self._whole_body()
            return
        if self._form is None:
            raise Failure("nothing_sent") if self._events else Failure("no_chat_api", detail="")
        if not self.ended:
            yield self._handed_on(self._decoder.end())
        if self._failure:
            raise self._failure
        if not self.ended:
            self._check_reply()
            yield self._close()

    def _handed_on(self, events: Iterable[ServerSentEvent]) -> bytes:
        """In one piece what came in one; of what has a failure in it what came before that."""
        parts: list[bytes] = []
        try:
            for event in events:
                parts += self._event(event)
                if self.ended:
                    break
        except Failure as failure:
            self._failure, self.ended = failure, True
        return b"".join(parts)

    def _event(self, event: ServerSentEvent) -> Iterator[bytes]:
        text = event.text
        if self._done:
            with suppress(Failure):  # whatever it is, the reply is whole
                self._dialect.note(next(documents(text), {}))
        elif _FAILED.fullmatch(event.name):
            raise Failure(fault_of_body(text))
        else:
            if event.stray:
                yield from self._beside("\n".join(event.stray))
            done = _DONE.fullmatch(text)
            if not done and not event.is_keep_alive:
                yield from self._documents(event.name, text)
            if done or _DONE.fullmatch(event.name):
                self._check_reply()
                self._end()
        if self._done and self._dialect.complete:
            yield self._close()

    def _end(self) -> None:
        """The server says that nothing more comes."""
        if not self.finished:
            self._wire.note("no_finish", "")
        self._done = self._wire.done = True

    def _documents(self, name: str, text: str) -> Iterator[bytes]:
        try:
            for data in documents(text):
                self._first = self._first or text[:QUOTED]
                if name:
                    data.setdefault("type", name)
                self._known = self._known or self._dialect.knows(data)
                yield from self._taken(data)
                if self._dialect.done:
                    self._end()
        except Failure as failure:
            # What can't be read behind a whole reply is no part of it.
            if not (self.finished and failure.fault.kind == "malformed"):
                raise

    def _beside(self, text: str) -> Iterator[bytes]:
        """What a server, or a proxy before it, says without the form of an event."""
        if text.lower().startswith("error:"):
            raise Failure(fault_of_body(text[len("error:") :]))
        if text.startswith("{"):
            yield from self._documents("", text)
        elif not _FIELD.match(text):
            self._stray = f"{self._stray}\n{text}".strip()[:LONGEST_WORDS]

    def _check_reply(self) -> None:
        """Raises Failure: there was none, or words stand where the rest of it should be."""
        if self._stray and not self.finished:
            if not self._first and not self._events:
                raise Failure("no_chat_api", detail=quoted(self._stray))
            raise Failure(fault_of_body(self._stray))
        if not self._first:
            raise Failure("nothing_sent")
        if not self._known:  # events of another API's
            raise Failure("no_chat_api", detail=self._first)

    def _taken(self, data: dict[str, Any]) -> Iterator[bytes]:
        if data.get("error") or data.get("type") == "error":
            raise Failure(fault_of_body(data))
        try:
            yield from map(self._sent, self._dialect.take(data))
        except (AttributeError, KeyError, TypeError, ValueError):  # of another shape than any known
            raise Failure("malformed", detail=self._first) from None

    def _sent(self, event: dict[str, Any]) -> bytes:
        self._content = self._content or self._dialect.has_content(event)
        return self._dialect.sent(event)

    def _close(self) -> bytes:
        """What was held back, and the end."""
        self.ended = True
        return b"".join(map(self._sent, self._dialect.end()))

    def _whole_body(self) -> Iterator[bytes]:
        """A reply that is no stream: as it was asked for, or by a server that doesn't stream."""
        bodies, whole = 0, self._body.strip()
        for body in read_whole(whole, self._dialect.WHOLE):
            bodies += 1
            for event in self._dialect.events(body):
                yield from self._taken(event)
        # One object, or a list with its end.
        self._wire.done = whole.endswith(b"]") or (bodies == 1 and not whole.startswith(b"["))
        yield self._close()
