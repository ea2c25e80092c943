"""Runs with an event log, and what their frames add up to, for the tests of the event log."""

from __future__ import annotations

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
from components.providers.wire import open_chat
from components.settings import Settings
from components.streaming import READERS, Connection, Report, Stop, Trace, run
from components.streaming.events import LIMIT, EventFrame, EventLog, View, event_frames
from components.streaming.events.said import WIDTH
from components.streaming.trace import About
from tests.runs import KEY, source_of


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
        connection = open_chat(
            base_url=base_url, api_key=KEY, model=model, temperature=0.7, max_tokens=1000, silence=10
        )
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
class Shown:
    """What a page that was given the frames shows at the end; each rule of theirs is checked on the way."""

    frames: list[EventFrame] = field(default_factory=list)
    rows: list[dict[str, Any]] = field(default_factory=list)
    nodes: dict[str, dict[str, Any]] = field(default_factory=dict)
    text: str = ""

    def add(self, frame: EventFrame) -> None:
        assert frame.fresh == (not self.frames)
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
        self.text += frame.new_text
        assert frame.text == self.text
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


async def show(frames: AsyncIterator[EventFrame], seen: Callable[[Shown], object] | None = None) -> Shown:
    """Read frames to the last; `seen` is called after each."""
    page = Shown()
    async for frame in frames:
        page.add(frame)
        if seen is not None:
            seen(page)
    assert page.frames[-1].last
    return page


class Recorder:
    """A trace and the view of its events."""

    def __init__(self, about: About | None = None, *, limit: int = LIMIT, **given: Any) -> None:
        self.trace = Trace(about, **given)
        self.view = View(EventLog(limit))
        self.log = self.view.log
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
        return event_frames(running, self.view)


async def live(
    connect: Callable[[], Connection],
    recorder: Recorder | None = None,
    *,
    stop: Stop | None = None,
    seen: Callable[[Shown], object] | None = None,
) -> Shown:
    async with aclosing((recorder or Recorder()).frames(connect, stop)) as frames:
        return await show(frames, seen)
