"""What the browser is sent of a log: only what is new, and of what many rows share only a number."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

import orjson

from components.chains.registry import NOT_CALLED
from components.locale import Words
from components.locale.report import bad_run_file, sentences
from components.streaming import Failure, Frame
from components.streaming.events import MOST_ROWS, Row
from components.streaming.trace import BadRunFile
from components.tabs import events_words
from components.tabs.events_kept import Shown

Message = dict[str, Any]

# Of a run of the tree, what its bar needs; the rest stands in its events.
DRAWN: Final = (
    *("id", "under", "name", "type", "attempt", "start", "end", "state", "first", "count", "input", "output"),
)


class EventsView:
    """One view's messages: `{name: "{run, n, fresh, heads, rows, nodes, text, ...}"}`, the body as JSON.

    A row is `[number, microseconds, head, preview]`; `heads` are new ones, counted from 0:
    `[event, name, type, tags, run, parent, attempt]`. A node is `{"i": number}` with what has changed, its
    new `ticks` in tenths of a millisecond. The name is another each time: Gradio sends what differs from the
    last value key by key, and so a whole message costs one line. The body is a string because Gradio goes
    through all that isn't, on the server and in the browser, where 5,000 rows would take it 0.2 s.
    """

    def __init__(self, words: Words, number: int, shown: Shown, *, replayed: bool = False) -> None:
        self._words = words
        self._run = number
        self._shown = shown
        self._replayed = replayed
        self._number = 0
        self._uncalled = False
        self._heads: dict[tuple[Any, ...], int] = {}
        self._nodes: dict[str, int] = {}
        self._sent: dict[str, dict[str, Any]] = {}

    def messages(self, frame: Frame, *, going: bool = True) -> Iterator[Message]:
        """`going`: more will come, if this frame isn't the last."""
        events = self._shown.events
        events.feed(frame)
        while events.waiting > MOST_ROWS:
            yield self.message(replace(frame, report=None, last=False), going=going)
        yield self.message(frame, going=going)

    def message(self, frame: Frame, *, going: bool, note: str = "", most: int = MOST_ROWS) -> Message:
        """What the events have got new. `note`: one more line to say; `most`: rows."""
        self._number += 1
        events, heads = self._shown.events, list[list[Any]]()
        rows = [self._row(row, heads) for row in events.rows(most)]
        text, events.new_text = events.new_text, ""
        about = self._shown.about
        said = events_words.lines(
            self._words, about, frame, replayed=self._replayed, going=going, uncalled=self._uncalled
        )
        if note:
            said.insert(0, ("fault", note))
        run_file = self._shown.run_file if self._replayed else None
        body = {
            "run": self._run,
            "file": self._shown.path.name,
            "n": self._number,
            "fresh": self._number == 1,
            "heads": heads,
            "rows": rows,
            "nodes": [self._node(node) for node in events.tree.changed()],
            "text": text,
            "total": events.log.last,
            "dropped": events.log.dropped,
            "at": round(frame.at, 6),
            "seconds": run_file and run_file.seconds,
            "title": events_words.title(self._words, about, self._shown.method),
            "said": said,
            "going": going and not frame.last,
            "replayed": self._replayed,
            "asks": frame.asks and not self._replayed,
        }
        return {f"{self._run}.{self._number}": orjson.dumps(body).decode()}

    def _row(self, row: Row, heads: list[list[Any]]) -> list[Any]:
        self._uncalled = self._uncalled or (row["name"] == NOT_CALLED and row["event"] == "on_custom_event")
        head = (
            row["event"],
            row["name"],
            row["type"],
            tuple(row["tags"]),
            row["run"],
            row["parent"],
            row["attempt"],
        )
        number = self._heads.get(head)
        if number is None:
            number = self._heads[head] = len(self._heads)
            heads.append(list(head))
        return [row["n"], round(row["at"] * 1e6), number, row["preview"]]

    def _node(self, node: Mapping[str, Any]) -> dict[str, Any]:
        before = self._sent.get(node["id"], {})
        now = {name: node[name] for name in DRAWN}
        self._sent[node["id"]] = now
        number = self._nodes.setdefault(node["id"], len(self._nodes))
        said = {"i": number, **{name: value for name, value in now.items() if value != before.get(name, ...)}}
        if node["ticks"]:
            said["ticks"] = [round(tick * 1e4) for tick in node["ticks"]]
        if node["customs"]:
            said["customs"] = [[custom["n"], custom["at"], custom["name"]] for custom in node["customs"]]
        return said


def refusal(words: Words, why: BadRunFile | Failure) -> str:
    """Why a run file is not shown."""
    return bad_run_file(words, why) if isinstance(why, BadRunFile) else " ".join(sentences(words, why.fault))


def refused(words: Words, why: BadRunFile | Failure) -> Message:
    return note(refusal(words, why))


def note(text: str) -> Message:
    """One line that stands over the log until something is shown, and changes nothing of it."""
    return {f"note.{uuid.uuid4().hex[:8]}": {"note": text}}
