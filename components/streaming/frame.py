"""What a view shows of a run, live and replayed: a reply in parts, and how far it is."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, NamedTuple

from components.streaming.meter import Meter
from components.streaming.records import Chunk, PartKind, Phase, Record
from components.streaming.report import Report, Span
from components.streaming.text import CLOSES, OPENS

# Lines of a reply that are kept; more of them are counted.
LINES = 500
# Ends of a thought that are looked at.
TAGS = 5

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
    name: str = ""
    call: int = 0


class Line(NamedTuple):
    """`at`: seconds since the first request."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Frame:
    """What a view shows now: all of the reply so far, and in the last frame the report.

    `text`: of its parts of that kind. `new`: the parts that have begun or grown since the frame before, and
    what of their text is new. `records`: those that came since then, of all lanes; `latest`: the last phase.
    The first frame comes with the first text, or soon without one, so that a view can say that it waits.
    `at`: seconds since the run began; `started`: when the first request was sent. `phases`: those of the
    report, so far. `left_out`: lines that were too many to be kept. `unrecorded` says why its file isn't
    whole: "", "disk_full" or "unwritable". `last`: no frame follows; without a report the run never ended.
    """

    text: str
    chunks: int
    parts: tuple[Part, ...] = ()
    new: Sequence[tuple[Part, str]] = ()
    latest: Phase | None = None
    report: Report | None = None
    records: Sequence[Record] = ()
    at: float = 0.0
    started: float = 0.0
    left_out: int = 0
    unrecorded: str = ""
    phases: tuple[Span, ...] = ()
    last: bool = False

    @property
    def retry(self) -> Phase | None:
        """While the engine waits to try again, before any text has come."""
        return self.latest if self.latest is not None and self.latest.phase == "retry" else None

    @property
    def place(self) -> int:
        """In the line of runs that wait, from 1; 0 when not in it."""
        return self.latest.place or 0 if self.latest is not None and self.latest.phase == "queued" else 0

    @property
    def asks(self) -> bool:
        """It waits for its reader's yes or no."""
        return self.latest is not None and self.latest.phase == "asking"

    @property
    def lines(self) -> list[Line]:
        return [Line(part.began - self.started, part.text) for part in self.parts if part.kind == "line"]


class Reply:
    """A run, live or replayed, as far as it has come: fed with every record, it gives the frames."""

    def __init__(self, method: str) -> None:
        self.meter = Meter(method)
        self.parts: list[Part] = []
        # What is new since the frame before, of the parts by their place.
        self._records: list[Record] = []
        self._new: dict[int, str] = {}
        # Chunks of one part in a row: they are put together first, so that a long text is copied once.
        self._chunks: list[Chunk] = []
        self._lines = 0
        # Lines that were too many to be kept.
        self.left_out = 0

    @property
    def text(self) -> str:
        self._append()
        texts = [part.text for part in self.parts if part.kind in ("text", "line")]
        return texts[0] if len(texts) == 1 else ("\n" if self._lines else "").join(texts)

    @property
    def notes(self) -> tuple[tuple[str, str], ...]:
        """As a `Report` has them."""
        thought, tag, _ = parted(self.text)
        return (("thought_in_text", tag),) if thought else ()

    def feed(self, record: Record) -> None:
        self.meter.feed(record)
        self._records.append(record)
        if isinstance(record, Chunk) and record.some and not record.heard:
            first = self._chunks[0] if self._chunks else record
            if record.begins or (record.kind, record.call) != (first.kind, first.call):
                self._append()
            self._chunks.append(record)

    def frame(self, at: float, **more: Any) -> Frame:
        """The next one. `more`: what else is in it."""
        text, meter = self.text, self.meter
        new, self._new = sorted(self._new.items()), {}
        records, self._records = self._records, []
        return Frame(
            text,
            meter.chunks,
            tuple(self.parts),
            new=[(self.parts[place], text) for place, text in new],
            records=records,
            latest=meter.latest,
            at=at,
            started=meter.started or 0.0,
            phases=meter.phases,
            left_out=self.left_out,
            **more,
        )

    def _append(self) -> None:
        if not self._chunks:
            return
        chunks, self._chunks = self._chunks, []
        first, text = chunks[0], "".join(chunk.text for chunk in chunks)
        if first.kind == "line":
            if self._lines == LINES:
                self.left_out += 1
                return
            self._lines += 1
        place = self._place(first)
        if place == len(self.parts):
            self.parts.append(Part(first.kind, text, first.at, chunks[-1].at, first.name, first.call))
        else:
            part = self.parts[place]
            self.parts[place] = replace(part, text=part.text + text, ended=chunks[-1].at)
        self._new[place] = self._new.get(place, "") + text

    def _place(self, chunk: Chunk) -> int:
        """Where the part stands that it goes on with, or begins."""
        for place in () if chunk.begins else range(len(self.parts) - 1, -1, -1):
            part = self.parts[place]
            if (part.kind, part.call) == (chunk.kind, chunk.call):
                return place
            # Models that are asked at once think at once; else only what comes next goes on.
            if chunk.kind != "tool_call" and part.kind != chunk.kind:
                break
        return len(self.parts)


def parted(text: str) -> tuple[str, str, str]:
    """The thought at a text's beginning, the tag that it ends with, and the rest: most have none of the two.

    Some servers send a thought as text, its first tag being a part of the prompt. What was sent stays as it
    is: only at its end can be told that it was one.
    """
    for found in islice(_END.finditer(text), TAGS):
        before, behind = text[: found.start()], text[found.end() :]
        # It ends a line, stands at the beginning of one, or behind a sentence: among words, or in code, a tag
        # is what is talked about.
        alone = before.rstrip(" \t")[-1:] in {"", "\n"} or behind.lstrip(" \t")[:1] == "\n"
        talked_of = not alone and (before[-1].isspace() or before[-1] in "`\"'(>")
        if not (talked_of or _BEGINNING.search(before) or before.count("`") % 2):
            return before.strip(), found[0], behind.lstrip()
    return "", "", text
