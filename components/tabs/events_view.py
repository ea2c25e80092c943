"""What the browser is sent of a log: only what is new, and of what many rows share only a number."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from components.chains.registry import NOT_CALLED
from components.locale import Words
from components.locale.report import SEPARATOR, details, in_line, line, retrying, sentences
from components.streaming import Frame
from components.streaming.events import MOST_ROWS, Row
from components.tabs.session import Shown
from components.tabs.view import Message, View


class EventsView(View):
    """A row is `[number, microseconds, head, preview]`; `heads` are new ones, counted from 0:
    `[event, name, type, tags, run, parent, attempt]`. A node is `{"i": number}` with what has changed, its
    new `ticks` in tenths of a millisecond. `run`: the view's `number`, of which the page shows the highest.
    """

    def __init__(self, words: Words, number: int, shown: Shown) -> None:
        super().__init__(words)
        self._view = number
        self._shown = shown
        self._replayed = shown.run_file is not None
        self._uncalled = False
        self._read = 0
        self._heads: dict[tuple[Any, ...], int] = {}
        # By a run's id its number, and what was sent of it.
        self._nodes: dict[str, tuple[int, Mapping[str, Any]]] = {}

    def messages(self, frame: Frame, *, going: bool = True) -> Iterator[Message]:
        """`going`: more will come, if this frame isn't the last."""
        events = self._shown.events
        events.feed(frame)
        while events.waiting > MOST_ROWS:
            yield self.message(replace(frame, report=None, last=False), going=going)
        yield self.message(frame, going=going)

    def message(self, frame: Frame, *, going: bool, remark: str = "", most: int = MOST_ROWS) -> Message:
        """What the events have got new. `remark`: one more line to say; `most`: rows."""
        events, heads = self._shown.events, list[list[Any]]()
        rows = [self._row(row, heads) for row in events.rows(most)]
        text, self._read = frame.text[self._read :], len(frame.text)
        words, about = self.words, self._shown.about
        title = about.chain and words("events_title_chain", chain=about.chain)
        run_file = self._shown.run_file if self._replayed else None
        body = {
            "run": self._view,
            "file": self._shown.path.name,
            "fresh": self.number == 0,
            "heads": heads,
            "rows": rows,
            "nodes": [self._node(node) for node in events.tree.changed()],
            "text": text,
            "total": events.last,
            "dropped": events.dropped,
            "at": round(frame.at, 6),
            "seconds": run_file and run_file.seconds,
            "title": SEPARATOR.join(filter(None, [title, about.provider, about.model, about.method])),
            "said": [*([("fault", remark)] if remark else []), *self._said(frame, going)],
            "going": going and not frame.last,
            "replayed": self._replayed,
            "asks": frame.asks and not self._replayed,
        }
        return self.numbered(body)

    def _row(self, row: Row, heads: list[list[Any]]) -> list[Any]:
        self._uncalled |= row["name"] == NOT_CALLED and row["event"] == "on_custom_event"
        shared = (row["event"], row["name"], row["type"], tuple(row["tags"]))
        head = (*shared, row["run"], row["parent"], row["attempt"])
        number = self._heads.get(head)
        if number is None:
            number = self._heads[head] = len(self._heads)
            heads.append(list(head))
        return [row["n"], round(row["at"] * 1e6), number, row["preview"]]

    def _node(self, node: dict[str, Any]) -> dict[str, Any]:
        ticks, customs = node.pop("ticks"), node.pop("customs")
        number, before = self._nodes.get(node["id"], (len(self._nodes), {}))
        self._nodes[node["id"]] = number, node
        said = {"i": number, **{name: told for name, told in node.items() if told != before.get(name, ...)}}
        if ticks:
            said["ticks"] = [round(tick * 1e4) for tick in ticks]
        if customs:
            said["customs"] = [[custom["n"], custom["at"], custom["name"]] for custom in customs]
        return said

    def _said(self, frame: Frame, going: bool) -> Iterator[tuple[str, str]]:
        """Each with the class it is drawn in."""
        words, about, report = self.words, self._shown.about, frame.report
        if frame.unrecorded:
            yield "fault", words(f"unrecorded_{frame.unrecorded}")
        if self._uncalled:
            yield "fault", words("events_tool_not_called")
        if frame.retry is not None:
            yield "fault", retrying(words, frame.retry, **about.known)
        if frame.place:
            yield "figures", in_line(words, frame.place, about.method)
        elif report is not None:
            if report.fault is not None:
                yield "fault verdict", " ".join(sentences(words, report.fault, **about.known))
            yield "figures", SEPARATOR.join([line(words, report), *details(words, report)])
        elif frame.last and going:
            yield "fault verdict", words("events_never_ended")
        elif not (self._replayed or frame.retry is not None or frame.asks):
            yield "muted", words("events_running")
