"""The tree of runs that the events tell of, fed one event after the other."""

from dataclasses import dataclass, field, fields
from typing import Any, Final, Literal

from components.streaming.events.row import ATTEMPT, FAILED, RETRY, STOPPED, line, parts
from components.streaming.records import Event
from components.streaming.text import text_of_data
from components.streaming.typed_events import new_in

# Runs that are kept, and ticks and custom events of one that wait to be shown.
MOST_NODES: Final = 2000
MOST_WAITING: Final = 20_000


State = Literal[
    "open",
    "ended",
    "failed",  # it said so itself, or was open when its attempt failed
    "stopped",  # it was open when the run was stopped
    "never_ended",  # it was open when its attempt ended: it failed and another took its place, or it leaked
    "unknown",  # of this run nothing but its custom events was asked for
]


@dataclass(slots=True)
class Node:
    """One run: a step of the chain, from its start event to its end.

    Times in seconds since the trace began; `start` is None when the start event was filtered out. `parent`:
    the run's real parent, "" for a root; `under`: its nearest ancestor in this tree. `count`: its stream
    events; `first`: when the first with text came. `input` may come with the end.
    """

    id: str
    parent: str
    under: str
    name: str
    type: str
    attempt: int
    start: float | None = None
    end: float | None = None
    state: State = "open"
    first: float | None = None
    count: int = 0
    input: str | None = None
    output: str | None = None
    # What came since it was last shown.
    ticks: list[float] = field(default_factory=list)
    customs: list[dict[str, Any]] = field(default_factory=list)

    def show(self) -> dict[str, Any]:
        """As JSON data: `ticks` and `customs` not shown before."""
        shown = {field.name: getattr(self, field.name) for field in fields(self)}
        self.ticks, self.customs = [], []
        return shown


class RunTree:
    """Live, replayed, or filtered so that starts, ends or parents are missing; `nodes` is in order of coming.

    Runs left open are closed when their attempt ends, not when their parent does: LangChain may tell a
    parent's end before its child's.
    """

    def __init__(self) -> None:
        self.nodes: dict[str, Node] = {}
        self.attempt = 0
        self._open: dict[str, Node] = {}
        self._changed: dict[str, Node] = {}
        # LangChain puts the chain's input into the first event it gives, whichever run that is of.
        self._first: str | None = ""

    def feed(self, event: Event, number: int) -> None:
        """`number`: the event's."""
        kind, phase = parts(event.event)
        if phase == "own":
            self._own(event.event, event.at)
            return
        run = event.run_id
        if not run:
            return  # v3's of the whole run
        if self._first == "":
            self._first = run if event.parent_ids else None
        node = self._changed[run] = self.nodes.get(run) or self._new(event, kind, phase)
        data = event.data if isinstance(event.data, dict) else {}
        if phase == "stream":
            node.count += 1
            if len(node.ticks) < MOST_WAITING:
                node.ticks.append(event.at)
            if node.first is None and (text_of_data(data["chunk"]) if "chunk" in data else new_in(data)):
                node.first = event.at
        elif phase == "custom" and len(node.customs) < MOST_WAITING:
            node.customs.append({"n": number, "at": event.at, "name": event.name})
        elif phase != "custom" and node.input is None and run != self._first and "input" in data:
            node.input = line(data["input"])
        if phase in {"end", "error"}:
            node.end, node.state = event.at, "ended" if phase == "end" else "failed"
            self._open.pop(run, None)
            name = "output" if phase == "end" else "error"
            if name in data:
                node.output = line(data[name])

    def close(self, state: State, at: float | None) -> None:
        """End every run that is still open, `at` that time; None for one that has no end."""
        for run, node in self._open.items():
            node.state, node.end = state, at
            self._changed[run] = node
        self._open.clear()

    def changed(self) -> list[dict[str, Any]]:
        """The runs that changed since this was last asked, as JSON data."""
        changed, self._changed = self._changed, {}
        return [node.show() for node in changed.values()]

    def _own(self, event: str, at: float) -> None:
        if event == ATTEMPT:
            self.attempt, self._first = self.attempt + 1, ""
        elif event in {FAILED, RETRY, STOPPED}:
            self.close("stopped" if event == STOPPED else "failed", at)
        else:
            self.close("never_ended", None)

    def _new(self, event: Event, kind: str, phase: str) -> Node:
        custom = phase == "custom"
        node = Node(
            id=event.run_id,
            parent=event.parent_ids[-1] if event.parent_ids else "",
            under=next((run for run in reversed(event.parent_ids) if run in self.nodes), ""),
            name="" if custom else event.name,
            type="" if custom else kind,
            attempt=self.attempt,
            start=event.at if phase == "start" else None,
            state="unknown" if custom else "open",
        )
        if len(self.nodes) >= MOST_NODES:
            oldest = next((run for run in self.nodes if run not in self._open), next(iter(self.nodes)))
            for nodes in (self.nodes, self._open, self._changed):
                nodes.pop(oldest, None)
        self.nodes[node.id] = node
        if not custom:
            self._open[node.id] = node
        return node
