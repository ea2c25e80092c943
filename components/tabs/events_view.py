"""What the browser is sent of a log: only what is new, and of what many rows share only a number."""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from components.chains.registry import NOT_CALLED
from components.locale import Words
from components.locale.report import SEPARATOR, details, line, sentences, waiting_line
from components.streaming import Frame, Trace
from components.streaming.events import MOST_ROWS, Events, Row
from components.streaming.trace import RunFile, open_run_file
from components.tabs.view import Message, View


class EventsView(View):
    """A row is `[number, microseconds, head, preview]`; `heads` are new ones, counted from 0:
    `[event, name, type, tags, run, parent, attempt]`. A node is `{"i": number}` with what has changed, its
    new `ticks` in tenths of a millisecond. `run`: the view's `number`, of which the page shows the highest.

    `run`: live, or from a file. `events`: those of it that the page was sent.
    """

    def __init__(self, words: Words, number: int, run: Trace | RunFile, events: Events | None = None) -> None:
        super().__init__(words)
        self.path = run.path or Path()
        self.events = events or Events()
        self._run_file = run if isinstance(run, RunFile) else None
        self._about = run.header if isinstance(run, RunFile) else run.about
        self._view = number
        self._uncalled = False
        self._read = 0
        self._heads: dict[tuple[Any, ...], int] = {}
        # By a run's id its number, and what was sent of it.
        self._nodes: dict[str, tuple[int, Mapping[str, Any]]] = {}

    async def opened(self) -> RunFile:
        """The file of its run, checked. Raises BadRunFile: it can't be used."""
        return self._run_file or await opened(self.path)

    def messages(self, frame: Frame, *, going: bool = True) -> Iterator[Message]:
        """`going`: more will come, if this frame isn't the last."""
        self.events.feed(frame)
        while self.events.waiting > MOST_ROWS:
            yield self.message(replace(frame, report=None, last=False), going=going)
        yield self.message(frame, going=going)

    def message(self, frame: Frame, *, going: bool, remark: str = "", most: int = MOST_ROWS) -> Message:
        """What the events have got new. `remark`: one more line to say; `most`: rows."""
        events, heads = self.events, list[list[Any]]()
        rows = [self._row(row, heads) for row in events.rows(most)]
        text, self._read = frame.text[self._read :], len(frame.text)
        words, about, run_file = self.words, self._about, self._run_file
        title = about.chain and words("events_title_chain", chain=about.chain)
        body = {
            "run": self._view,
            "file": self.path.name,
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
            "replayed": run_file is not None,
            "asks": frame.asks and run_file is None,
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
        words, about, report = self.words, self._about, frame.report
        if frame.unrecorded:
            yield "fault", words(f"unrecorded_{frame.unrecorded}")
        if self._uncalled:
            yield "fault", words("events_tool_not_called")
        if frame.retry is not None:
            yield "fault", waiting_line(words, frame, about.method, **about.known)
        if frame.place:
            yield "figures", waiting_line(words, frame, about.method, **about.known)
        elif report is not None:
            if report.fault is not None:
                yield "fault verdict", " ".join(sentences(words, report.fault, **about.known))
            yield "figures", SEPARATOR.join([line(words, report), *details(words, report)])
        elif frame.last and going:
            yield "fault verdict", words("events_never_ended")
        elif not (self._run_file or frame.retry is not None or frame.asks):
            yield "muted", words("events_running")


async def opened(path: Path) -> RunFile:
    """A run file, checked. Raises BadRunFile: it can't be used."""
    return await asyncio.to_thread(open_run_file, path)
