"""What the browser is sent of a run whose reply is read as JSON: only what is new."""

import json
from bisect import bisect_left
from typing import TYPE_CHECKING, Any

from components.locale import Words, json_verdict
from components.locale.report import chunks, duration, line, sentences, waiting_line
from components.runs.ask import known
from components.runs.json import JsonReply
from components.streaming import Frame
from components.streaming.json.fields import JsonField
from components.streaming.text import sendable
from components.tabs.view import View

if TYPE_CHECKING:
    from components.chains.json_parser import Passed


class JsonView(View):
    """A message's `text` goes to the end of the text; `drop` UTF-16 units come off the end of the object's
    JSON, `add` goes there; `said`: `[look, sentence]`. `remark`: what is said besides.
    """

    def __init__(self, words: Words, reply: JsonReply, remark: str = "") -> None:
        super().__init__(words)
        self._remark = remark
        self._reply = reply
        self._revision: object = None
        self._object = ""

    def body(self, frame: Frame) -> dict[str, Any]:
        snapshot = self._reply.snapshot
        drop, add = self._grown()
        return {
            "text": sendable(self._reply.new),
            "drop": drop,
            "add": add,
            "document": snapshot.revision[0],
            "rows": [row(field) for field in snapshot.changed],
            "total": snapshot.total,
            "said": self._said(frame),
        }

    def _grown(self) -> tuple[int, str]:
        snapshot, passed = self._reply.snapshot, self._reply.passed
        found, value = snapshot.found, snapshot.value
        revision: object = snapshot.revision
        if passed is not None:
            found, revision, value = passed.items > 0, passed.items, passed.value
        if not found or (self._object and revision == self._revision):
            return 0, ""
        before, self._revision = self._object, revision
        self._object = _compact(value) or before
        kept = common(before, self._object)
        return units(before[kept:]), self._object[kept:]

    def _said(self, frame: Frame) -> list[tuple[str, str]]:
        """Lines above the panes, each with the class it is drawn in."""
        words, reply, report = self.words, self._reply, frame.report
        if report is None:
            return [("figures", waiting_line(words, frame, reply.ask.method, **known(reply.ask)))]
        said: list[tuple[str, str]] = []
        if reply.verdict is None:
            said.append(("muted", words("json_checking")))
        elif frame.text or report.fault is None:
            schema = reply.schema is not None
            first, *more = json_verdict.sentences(words, reply.verdict, frame.parts, schema=schema)
            said.append(("verdict good" if reply.verdict.kind == "valid" else "verdict fault", first))
            said += [("muted", sentence) for sentence in more]
        if report.fault is not None:
            happened = " ".join(sentences(words, report.fault, **known(reply.ask)))
            too_long = report.fault.kind == "too_long"
            said.append(("fault", words("json_too_long") if too_long else happened))
        if reply.passed is not None and frame.text:
            said.append(("muted", theirs_line(words, reply.passed)))
        if self._remark:
            said.append(("muted", self._remark))
        figures = ("figures", line(words, report))
        return [*((look, sendable(text)) for look, text in said), figures]


def theirs_line(words: Words, theirs: "Passed") -> str:
    """What JsonOutputParser gave: it says nothing itself when it can't read a reply."""
    if theirs.raised:
        return words("json_theirs_raised", name=theirs.raised, seen=theirs.seen)
    cpu = duration(theirs.cpu)
    if theirs.seen < theirs.chunks:
        return words("json_theirs_left", seen=theirs.seen, chunks=theirs.chunks, cpu=cpu)
    if not theirs.items:
        return words("json_theirs_silent", chunks=chunks(words, theirs.chunks))
    return words("json_theirs_gave", chunks=chunks(words, theirs.chunks), items=theirs.items, cpu=cpu)


def _compact(value: Any) -> str:
    """As JSON; "" for what is nested too deep. What JsonOutputParser gives may hold half a character."""
    try:
        return sendable(json.dumps(value, ensure_ascii=False, separators=(",", ":")))
    except RecursionError:
        return ""


def row(field: JsonField) -> list[Any]:
    """A field as static/json.js reads it; times in whole milliseconds."""
    seen, completed = (None if at is None else round(at * 1000) for at in (field.first_seen, field.completed))
    value = sendable(field.value)
    return [field.id, field.pointer, field.kind, field.state, value, field.size, seen, completed]


def common(one: str, other: str) -> int:
    """How many characters two strings have in common at their beginning; compares slices, not characters."""
    ends = range(1, min(len(one), len(other)) + 1)
    return bisect_left(ends, True, key=lambda end: not one.startswith(other[:end]))


def units(text: str) -> int:
    """A string's length in UTF-16, as JavaScript counts."""
    return len(text.encode("utf-16-le")) // 2
