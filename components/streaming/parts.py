"""A reply in parts: its text, what the model thought, and the tools it called."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import TYPE_CHECKING, Any, NamedTuple

from components.streaming.records import Chunk, PartKind
from components.streaming.text import CLOSES, OPENS

if TYPE_CHECKING:
    from langchain_core.messages import AIMessage

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


def beside_text(message: AIMessage) -> Iterator[dict[str, Any]]:
    """What a message or a chunk of one has besides its text, as arguments for a `Chunk`."""
    if thought := message.additional_kwargs.get("reasoning_content"):
        yield {"kind": "reasoning", "text": str(thought)}
    elif not isinstance(message.content, str):
        for block in message.content_blocks:
            if block["type"] == "reasoning" and (text := block.get("reasoning")):
                yield {"kind": "reasoning", "text": text}
    pieces: Any = getattr(message, "tool_call_chunks", None)
    if pieces is None:
        calls = enumerate([*message.tool_calls, *message.invalid_tool_calls])
        pieces = [{**call, "args": _written(call["args"]), "index": at} for at, call in calls]
    for piece in pieces:
        name, arguments, index = piece.get("name"), piece.get("args"), piece.get("index")
        call = index if isinstance(index, int) else 0
        yield {"kind": "tool_call", "text": arguments or "", "name": name or "", "call": call}


def pieces_of(event: Any) -> Iterator[dict[str, Any]]:
    """What an event of `astream_events` v3 adds to a message, as arguments for a `Chunk`."""
    delta, call = event.get("delta"), event.get("index", 0)
    block = event["content"] if event["event"] == "content-block-start" else {}
    if block.get("type") in {"tool_call_chunk", "tool_call"}:
        arguments = _written(block.get("args") or "")
        yield {"kind": "tool_call", "text": arguments, "name": block.get("name") or "", "call": call}
    for name, kind in (("text", "text"), ("reasoning", "reasoning"), ("args", "tool_call")):
        if isinstance(delta, dict) and (text := delta.get(name)):
            yield {"kind": kind, "text": text, "call": call}


def _written(arguments: object) -> str:
    """As the model wrote them, where no JSON could be read of that."""
    return arguments if isinstance(arguments, str) else json.dumps(arguments, ensure_ascii=False, default=str)
