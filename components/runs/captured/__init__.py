"""A stream that somebody captured, read as a run: by the SDK and LangChain, as if its server sent it then."""

import asyncio
import json
import re
from collections.abc import Iterable, Iterator
from contextlib import aclosing, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Final

import httpx2

from components.hosting.admission_control import AdmissionTicket
from components.providers.clients import Clients
from components.providers.script.server import SENT
from components.providers.sse.documents import documents
from components.runs.captured.capture import DIALECTS
from components.runs.captured.capture import Capture as Capture
from components.runs.captured.forms import capture_of as capture_of
from components.runs.captured.forms import in_utf_8
from components.runs.lab import Lab
from components.streaming import READERS, Connection, Failure, Trace, run
from components.streaming.records import Phase, Record, Sent
from components.streaming.trace import About, BadRunFile, copy_unpacked, is_run_file
from components.streaming.trace.link import text_in
from components.streaming.trace.trace import FORMAT

# Nothing of the capture: it is a visitor's, who could write anything into the log.
ABOUT: Final = {"kind": "pasted", "provider": None, "model": None, "method": None}
_MODEL: Final = re.compile(rb'"model(?:Version)?"\s*:\s*"([^"\\]{1,100})"')
# Bytes in which a run file that was laid out says what it is.
LAID_OUT: Final = 1000
# Of a path, `//` is `/`.
LINK: Final = re.compile(r"\s*https?:/\S*#run=(\S*)\s*")
_NO_KEY: Final = "none"
# Tokens, which no capture has.
_MOST: Final = 10**9


async def make_run_file(lab: Lab, given: Path | str, visitor: str, path: Path) -> None:
    """Make it at `path`: of a run file or a captured stream, compressed or not, or what was pasted of one; or
    of a run's link.

    Raises:
        BadRunFile: it is none of these.
        Failure: it may not begin.
    """
    capture = await asyncio.to_thread(_copied, given, path)
    if capture is not None:
        await play(lab, capture, visitor, path)


def _copied(given: Path | str, path: Path) -> Capture | None:
    """The capture, where it isn't a run file that is at `path` now."""
    link = LINK.fullmatch(str(given))
    if link is not None:
        path.write_bytes(text_in(link[1]))
    elif isinstance(given, str):
        path.write_bytes(given.lstrip().encode("utf-8", "replace"))
    else:
        copy_unpacked(given, path)
    if as_run_file(path):
        return None
    text = path.read_bytes()
    if FORMAT.encode() in text[:LAID_OUT]:
        path.write_bytes(_in_lines(text))
        return None
    path.unlink()  # there may be keys in it
    return capture_of(text)


def as_run_file(path: Path) -> bool:
    """Whether it begins as one; what doesn't is written anew, in UTF-8."""
    if is_run_file(path):
        return True
    path.write_bytes(in_utf_8(path.read_bytes()))
    return is_run_file(path)


def _in_lines(text: bytes) -> bytes:
    """A run file that a tool has laid out, or put into a list, as it was written; as far as it goes."""
    lines = list[str]()
    with suppress(Failure):
        for record in documents(text.decode("utf-8", "replace")):
            lines.append(json.dumps(record, separators=(",", ":")) + "\n")
    return "".join(lines).encode()


async def play(lab: Lab, capture: Capture, visitor: str, path: Path) -> None:
    """Write its run file to `path`.

    Raises:
        BadRunFile: it is in no dialect that is known here.
        Failure: it may not begin.
    """
    ends = (name for name, (_, end) in DIALECTS.items() if capture.path.endswith(end))
    dialect = capture.dialect or next(ends, "chat completions")
    model = _MODEL.search(capture.start)
    about = About(dialect, model[1].decode("utf-8", "replace") if model else "", "pasted")
    trace = _CaptureTrace(about, capture, path)
    reader, ticket = replace(READERS["stream"], rests=False), AdmissionTicket(lab.control, visitor, ABOUT)
    opened = partial(_connect, dialect, trace)
    async with aclosing(run(opened, reader, live=lab.live, admission=ticket, trace=trace)) as frames:
        async for frame in frames:
            report = frame.report
    if report is not None and (fault := report.fault) is not None:
        if not report.attempts:  # one that never began says why by its fault alone
            raise Failure(fault)
        if not capture.dialect and fault.kind in {"no_chat_api", "malformed"}:
            raise BadRunFile("capture_foreign", dialects=", ".join(DIALECTS))


class _CaptureTrace(Trace):
    """Its clock is the capture's, which `answer`s. Nothing was shown to anybody then."""

    def __init__(self, about: About, capture: Capture, path: Path) -> None:
        super().__init__(about, path=path)
        self.capture = capture
        self.clock = 0.0

    def now(self) -> float:
        return round(self.clock, 6)

    def add(self, record: Record) -> None:
        if not (isinstance(record, Sent) or (isinstance(record, Phase) and record.phase == "late")):
            super().add(record)

    def attempt(self, number: int, seconds: float, secrets: Iterable[str], value: Any) -> None:
        asked = self.capture.asked
        super().attempt(number, 0.0, (), {"prompt": asked} if asked else None)

    def answer(self, request: httpx2.Request) -> httpx2.Response:
        """What was captured."""
        self.clock = self.capture.sent
        request.extensions["trace"](SENT, {})
        self.clock = max(self.capture.sent, self.capture.headers)
        headers = {"content-type": "text/event-stream"}
        return httpx2.Response(self.capture.status, headers=headers, content=self._pieces())

    def _pieces(self) -> Iterator[bytes]:
        for at, data in self.capture.pieces:
            self.clock = max(self.clock, at)
            yield data


def _connect(dialect: str, trace: _CaptureTrace) -> Connection:
    server = httpx2.MockTransport(trace.answer)
    clients = Clients("http://captured.invalid/v1", {}, trust_env=False, transport=server)
    asked: dict[str, Any] = {"model": "captured", "temperature": None, "max_tokens": _MOST}
    if dialect == "Anthropic messages":
        from components.providers.anthropic import open_messages

        opened = open_messages(clients, _NO_KEY, **asked)
    elif dialect == "Gemini":
        from components.providers.gemini import open_gemini

        opened = open_gemini(clients, _NO_KEY, vertexai=False, **asked)
    else:
        from components.providers.wire import open_chat

        responses = dialect == "Responses"
        opened = open_chat(clients, _NO_KEY, **asked, streaming=True, use_responses_api=responses)
    if trace.capture.times:
        opened.wire.note(trace.capture.times, "1")
    if trace.capture.replies > 1:
        opened.wire.note("one_of", str(trace.capture.replies))
    opened = opened.with_chain(opened.model, trace.capture.asked or "?")
    # No other request would bring another answer.
    return replace(opened, refine=lambda fault: replace(fault, retryable=False), limit=0)
