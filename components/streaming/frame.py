"""What a view shows of a run, live and replayed: a reply in parts, and how far it is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import Any, NamedTuple

from components.streaming.faults import Fault
from components.streaming.meter import Meter
from components.streaming.records import Chunk, PartKind, Phase, Record
from components.streaming.report import Report, Span
from components.streaming.text import CLOSES, OPENS

# Lines of a reply that are kept; more of them are counted.
LINES = 500

_END = re.compile(CLOSES)
_BEGINNING = re.compile(OPENS)


@dataclass(frozen=True, slots=True)
class Part:
    """`text`: of a tool call, its arguments in JSON. `began`, `ended`: its first and its last chunk, in
    seconds since the run began.
    """

    kind: PartKind
    text: str
    began: float
    ended: float
    chunks: int = 1
    name: str = ""
    call: int = 0


class Line(NamedTuple):
    """`at`: seconds since the first request."""

    at: float
    text: str


class Reply:
    """What has come so far."""

    def __init__(self) -> None:
        self._parts: list[Part] = []
        self._lines = 0

    @property
    def left_out(self) -> int:
        """Lines that were too many to be kept."""
        return max(0, self._lines - LINES)

    @property
    def parts(self) -> tuple[Part, ...]:
        return tuple(self._parts)

    @property
    def text(self) -> str:
        texts = [part.text for part in self._parts if part.kind in ("text", "line")]
        return texts[0] if len(texts) == 1 else ("\n" if self._lines else "").join(texts)

    @property
    def notes(self) -> tuple[tuple[str, str], ...]:
        """As a `Report` has them."""
        thought, tag, _ = parted(self.text)
        return (("thought_in_text", tag),) if thought else ()

    def add(self, chunks: Iterable[Chunk]) -> None:
        """Chunks of one part in a row are put together first: a long text is copied once."""
        run: list[Chunk] = []
        for chunk in filter(lambda chunk: chunk.some, chunks):
            if run and (chunk.kind, chunk.call) == (run[0].kind, run[0].call) and not chunk.begins:
                run.append(chunk)
                continue
            self._append(run)
            run = [chunk]
        self._append(run)

    def _append(self, run: list[Chunk]) -> None:
        if not run:
            return
        first, text = run[0], "".join(chunk.text for chunk in run)
        if first.kind == "line":
            self._lines += 1
            if self.left_out:
                return
        at = self._place(first)
        if at is None:
            part = Part(first.kind, text, first.at, run[-1].at, len(run), first.name, first.call)
            self._parts.append(part)
            return
        part = self._parts[at]
        self._parts[at] = replace(
            part, text=part.text + text, ended=run[-1].at, chunks=part.chunks + len(run)
        )

    def _place(self, chunk: Chunk) -> int | None:
        """Where the part stands that it goes on with."""
        if chunk.begins or not self._parts:
            return None
        same = [
            at for at, part in enumerate(self._parts) if (part.kind, part.call) == (chunk.kind, chunk.call)
        ]
        if chunk.kind == "tool_call":
            return same[-1] if same else None
        # Models that are asked at once think at once; else only what comes next goes on.
        rest = takewhile(lambda part: part.kind == chunk.kind, reversed(self._parts))
        return same[-1] if same and same[-1] >= len(self._parts) - len([*rest]) else None


def parted(text: str) -> tuple[str, str, str]:
    """The thought at a text's beginning, the tag that it ends with, and the rest: most have none of the two.

    Some servers send a thought as text, its first tag being a part of the prompt. What was sent stays as it
    is: only at its end can be told that it was one.
    """
    found = _END.search(text)
    if found is None:
        return "", "", text
    before, behind = text[: found.start()], text[found.end() :]
    # It ends a line, stands at the beginning of one, or behind a sentence: among words, or in code, a tag is
    # what is talked about.
    alone = before.rstrip(" \t")[-1:] in {"", "\n"} or behind.lstrip(" \t")[:1] == "\n"
    talked_of = not alone and (before[-1].isspace() or before[-1] in "`\"'(>")
    if talked_of or _BEGINNING.search(before) or before.count("`") % 2:
        return "", "", text
    return before.strip(), found[0], behind.lstrip()


class News:
    """What each frame brings, part by part."""

    def __init__(self) -> None:
        self._known: list[int] = []

    def of(self, parts: Sequence[Part]) -> Iterator[tuple[Part, str]]:
        """The parts that have begun or grown, and what of their text is new."""
        known, self._known = self._known, [len(part.text) for part in parts]
        for at, part in enumerate(parts):
            if at >= len(known):
                yield part, part.text
            elif len(part.text) > known[at]:
                yield part, part.text[known[at] :]


@dataclass(frozen=True, slots=True)
class Retry:
    """Attempt number `attempt` begins in `seconds`, because of `fault`."""

    attempt: int
    seconds: float
    fault: Fault


@dataclass(frozen=True, slots=True)
class Frame:
    """What a view shows now: all of the reply so far, and in the last frame the report.

    `text`: of its parts of that kind. `records`: those that came since the frame before, of all lanes. The
    first frame comes with the first text, or soon without one, so that a view can say that it waits; `retry`
    is set while the engine waits to try again, before any text has come. `place`: in the line of runs that
    wait, from 1, 0 when not in it. `at`: seconds since the run began; `started`: when the first request was
    sent. `phases`: those of the report, so far. `left_out`: lines that were too many to be kept. `unrecorded`
    says why its file isn't whole: "", "disk_full" or "unwritable". `asks`: it waits for its reader's yes or
    no. `last`: no frame follows; without a report the run never ended.
    """

    text: str
    chunks: int
    parts: tuple[Part, ...] = ()
    retry: Retry | None = None
    place: int = 0
    report: Report | None = None
    records: Sequence[Record] = ()
    at: float = 0.0
    started: float = 0.0
    left_out: int = 0
    unrecorded: str = ""
    phases: tuple[Span, ...] = ()
    asks: bool = False
    last: bool = False

    @property
    def lines(self) -> list[Line]:
        return [Line(part.began - self.started, part.text) for part in self.parts if part.kind == "line"]


class Framer:
    """Makes frames of a trace's records."""

    def __init__(self, meter: Meter) -> None:
        self.reply = Reply()
        self._meter = meter
        self._retry: Retry | None = None
        self._place = 0
        self._asks = False

    def frame(self, records: Sequence[Record], at: float, report: Report | None = None, **more: Any) -> Frame:
        """The next one; `records` are new and have been folded. `more`: what else stands in it."""
        self.reply.add(record for record in records if isinstance(record, Chunk) and not record.heard)
        for record in records:
            if isinstance(record, Phase):
                self._phase(record)
        parts = self.reply.parts
        return Frame(
            self.reply.text,
            self._meter.chunks,
            parts,
            self._retry,
            self._place,
            report,
            records,
            at,
            self._meter.started,
            self.reply.left_out,
            phases=self._meter.phases,
            asks=self._asks,
            **more,
        )

    def _phase(self, phase: Phase) -> None:
        self._asks = phase.phase == "asking"
        if phase.phase == "queued":
            self._place = phase.place or 0
        elif phase.phase == "retry" and phase.fault is not None:
            self._retry = Retry(phase.attempt or 0, phase.seconds or 0.0, phase.fault)
        elif phase.phase in {"opening", "end"}:
            self._retry, self._place = None, 0
