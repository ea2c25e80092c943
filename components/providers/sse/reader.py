"""One response's body, on its way from the socket to the SDK. No input or output in here."""

import re
from collections.abc import Iterable, Iterator, MutableMapping
from contextlib import suppress
from typing import Any, Final

from components.providers.sse.decoder import Decoder, ServerSentEvent, Unpacker
from components.providers.sse.dialect import Dialect
from components.providers.sse.documents import QUOTED, documents, is_error, quoted, tells_error
from components.streaming.connection import Wire
from components.streaming.faults import Failure, fault_of_body

EVENTS: Final = "text/event-stream"
# A field that the specification doesn't know.
_FIELD: Final = re.compile(r"[\w-]+:")
# OpenAI's `[DONE]`, and others' words for it.
_DONE: Final = re.compile(r"\W*(done|end|eos|finish(ed)?|completed?)\W*", re.I)
# The same behind a whole reply.
_BEHIND: Final = re.compile(r"\s*(data:\s*)?\[DONE\]\Z")
_FAILED: Final = re.compile(r"\w*(error|exception|failed|failure)", re.I)
# Characters of words that are no event.
LONGEST_WORDS: Final = 20_000


class WireReader:
    """Turns what came into events that the SDK understands, and errors into `Failure`s.

    `finished`: the model has said why it ended, or its server that it did; `ended`: nothing more is worth
    waiting for, but `end`. `events`: the response's head says that this is a stream.
    """

    def __init__(self, wire: Wire, dialect: Dialect, headers: MutableMapping[str, str]) -> None:
        """`headers`: the response's, which say from now on what is handed on."""
        self._wire = wire
        self._dialect = dialect
        kind = headers.get("content-type", "").split(";")[0].strip().lower()
        self.events = kind == EVENTS
        headers["content-type"] = EVENTS
        self._unpacker = Unpacker(headers)
        self._decoder = Decoder()
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

        Raises Failure: it can't be unpacked.
        """
        size, at, self._content = len(data), self._wire.trace.now(), False
        parts = self._handed_on(self._decoder.feed(self._unpacker.feed(data)))
        self._wire.read(size, content=self._content or self._decoder.whole is True, at=at)
        return parts

    def end(self) -> Iterator[bytes]:
        """The rest, once nothing more comes.

        Raises Failure: it was no reply, or too long a one, or had an error in it, or a piece that can't be
            read.
        """
        if self._decoder.whole is None and not self.events:
            raise Failure("no_chat_api", detail="")
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
        if self._decoder.whole:
            yield from self._whole(text.strip())
        elif self._done:
            with suppress(Failure):  # whatever it is, the reply is whole
                self._dialect.note(next(documents(text), {}))
        elif _FAILED.fullmatch(event.name):
            raise Failure(fault_of_body(text))
        else:
            stray = "\n".join(event.stray)
            done = [words for words in (text, stray, event.name) if _DONE.fullmatch(words)]
            if stray and stray not in done:
                yield from self._beside(stray)
            if text not in done and not event.is_keep_alive:
                yield from self._documents(event.name, text)
            if done:
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
            if not self._first and not self.events:
                raise Failure("no_chat_api", detail=quoted(self._stray))
            raise Failure(fault_of_body(self._stray))
        if not self._first:
            raise Failure("nothing_sent")
        if not self._known:  # events of another API's
            raise Failure("no_chat_api", detail=self._first)

    def _taken(self, data: dict[str, Any]) -> Iterator[bytes]:
        if is_error(data.get("error")) or data.get("type") == "error":
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

    def _whole(self, text: str) -> Iterator[bytes]:
        """A reply that is no stream, as it was asked for, or by a server that doesn't stream: an object, or
        several, as Gemini's REST API sends a stream.
        """
        bodies = 0
        for body in documents(_BEHIND.sub("", text)) if text.startswith(("{", "[")) else ():
            if not body.keys() & self._dialect.WHOLE or body.get("error"):
                if tells_error(body):
                    raise Failure(fault_of_body(body))
                bodies = 0
                break
            bodies += 1
            for event in self._dialect.events(body):
                yield from self._taken(event)
        if not bodies:
            raise Failure("no_chat_api", detail=quoted(text))
        # One object, or a list with its end.
        self._wire.done = text.endswith("]") or (bodies == 1 and not text.startswith("["))
        yield self._close()
