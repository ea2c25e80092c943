"""Runs with an event log, and what their frames add up to, for the tests of the event log."""

from __future__ import annotations

import math
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

import orjson
from langchain_core.language_models import BaseChatModel, GenericFakeChatModel
from langchain_core.messages import AIMessage
from langchain_core.runnables import Runnable

from components.providers import Choice
from components.providers.scripted import Scripted
from components.settings import Settings
from components.streaming import READERS, Connection, Frame, Report, Stop, Trace, run
from components.streaming.events import LIMIT, Events, Row
from components.streaming.events.row import WIDTH
from components.streaming.records import Phase
from components.streaming.replay import replay
from components.streaming.trace import About, RunFile
from tests.runs import over, source_of


def scripted(message: str = "Tell me about streaming.", **values: object) -> Callable[[], Connection]:
    """Opens the scripted provider, which says everything at once unless told otherwise."""
    given = {"delay": "0", "rate": "0", "length": "20"} | {name: str(value) for name, value in values.items()}
    return lambda: source_of(
        Scripted(Settings()).open(Choice("scripted", max_tokens=10**6, values=given)), message
    )


def over_openai(
    base_url: str, model: str, build: Callable[[BaseChatModel], Runnable[Any, Any]], value: Any
) -> Callable[[], Connection]:
    """Opens a chain of one's own round a real ChatOpenAI."""

    def connect() -> Connection:
        connection = over(base_url, model)
        chain = build(connection.model)
        return connection.with_chain(chain, value)

    return connect


class FinishingModel(GenericFakeChatModel):
    """Says one message, and at its end that it finished."""

    def _stream(self, *args: Any, **kwargs: Any) -> Any:
        *chunks, last = list(super()._stream(*args, **kwargs))
        yield from chunks
        last.message.response_metadata = {"finish_reason": "stop", **last.message.response_metadata}
        yield last


def saying(text: str, **fields: Any) -> FinishingModel:
    return FinishingModel(messages=iter([AIMessage(text, **fields)]))


@dataclass
class EventFrame:
    """What a frame brings to a list of events."""

    rows: list[Row]
    nodes: list[dict[str, Any]]
    text: str
    total: int
    dropped: int
    at: float
    last: bool
    retry: Phase | None
    report: Report | None
    unrecorded: str


async def event_frames(
    running: AsyncIterator[Frame], events: Events | None = None
) -> AsyncGenerator[EventFrame]:
    events = events or Events()
    async with aclosing(running) as frames:  # type: ignore[type-var]
        async for frame in frames:
            events.feed(frame)
            yield drawn(events, frame)


def drawn(events: Events, frame: Frame) -> EventFrame:
    rows, nodes = events.rows(events.waiting), events.tree.changed()
    return EventFrame(
        rows=rows,
        nodes=nodes,
        text=frame.text,
        total=events.last,
        dropped=events.dropped,
        at=frame.at,
        last=frame.last,
        retry=frame.retry,
        report=frame.report,
        unrecorded=frame.unrecorded,
    )


async def state_at(run_file: RunFile, at: float) -> EventFrame:
    """Everything up to then in one frame."""
    events = Events()
    async for frame in replay(run_file, speed=math.inf, end=at):
        events.feed(frame)
    return drawn(events, frame)


@dataclass
class Shown:
    """What a page that was given the frames shows at the end; each rule of theirs is checked on the way."""

    frames: list[EventFrame] = field(default_factory=list)
    rows: list[dict[str, Any]] = field(default_factory=list)
    nodes: dict[str, dict[str, Any]] = field(default_factory=dict)
    text: str = ""

    def add(self, frame: EventFrame) -> None:
        assert not (self.frames and self.frames[-1].last)
        self.frames.append(frame)
        for row in frame.rows:
            assert row["n"] > (self.rows[-1]["n"] if self.rows else 0)
            assert len(row["preview"]) <= WIDTH
            assert "\n" not in row["preview"]
            self.rows.append(dict(row))
        for node in frame.nodes:
            before = self.nodes.get(node["id"], {"ticks": [], "customs": []})
            added = {name: before[name] + node[name] for name in ("ticks", "customs")}
            self.nodes[node["id"]] = node | added
        assert frame.text.startswith(self.text)
        self.text = frame.text
        assert frame.total >= len(self.rows)

    @property
    def report(self) -> Report:
        report = self.frames[-1].report
        assert report is not None
        return report

    @property
    def events(self) -> list[str]:
        return [row["event"] for row in self.rows]

    def named(self, name: str) -> dict[str, Any]:
        (node,) = [node for node in self.nodes.values() if node["name"] == name]
        return node

    def states(self) -> dict[str, str]:
        return {node["name"]: node["state"] for node in self.nodes.values()}


def shown(frames: Iterable[EventFrame]) -> Shown:
    page = Shown()
    for frame in frames:
        page.add(frame)
    return page


async def show(
    frames: AsyncIterator[EventFrame], seen: Callable[[Shown], object] | None = None, *, ends: bool = True
) -> Shown:
    """Read frames to the last; `seen` is called after each."""
    page = Shown()
    async for frame in frames:
        page.add(frame)
        if seen is not None:
            seen(page)
    assert page.frames[-1].last == ends
    return page


class Recorder:
    """A trace and the view of its events."""

    def __init__(self, about: About | None = None, *, limit: int = LIMIT, **given: Any) -> None:
        self.trace = Trace(about, **given)
        self.log = Events(limit)
        self.path = self.trace.path

    def events(self) -> list[dict[str, Any]]:
        """LangChain's, of all that are kept."""
        numbers = range(self.log.dropped + 1, self.log.last + 1)
        kept = (orjson.loads(self.log.line(number) or "") for number in numbers)
        return [event for event in kept if event["lane"] == "event"]

    def frames(
        self, connect: Callable[[], Connection], stop: Stop | None = None
    ) -> AsyncGenerator[EventFrame]:
        running = run(connect, READERS["astream_events"], stop=stop, trace=self.trace, rows=True)
        return event_frames(running, self.log)


async def live(
    connect: Callable[[], Connection],
    recorder: Recorder | None = None,
    *,
    stop: Stop | None = None,
    seen: Callable[[Shown], object] | None = None,
) -> Shown:
    async with aclosing((recorder or Recorder()).frames(connect, stop)) as frames:
        return await show(frames, seen)
