"""Runs of the engine over a provider, as every view makes them, for the tests of the engine."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import httpx2
from langchain_core.messages import HumanMessage

from components.providers import Choice, registry, variables
from components.providers.clients import Clients, bearer
from components.providers.openai import OpenAI
from components.providers.wire import open_chat
from components.settings import METHODS, Settings
from components.streaming import READERS, Connection, Frame, Live, Report, Stop, run

# Looks like a key, and has letters at its end that a masked quotation would show.
KEY = "sk-good-SECRETSECRETSECRET-7Q4Z"


@dataclass
class Got:
    """Everything a run showed, with the `time.perf_counter()` of each frame."""

    frames: list[Frame] = field(default_factory=list)
    times: list[float] = field(default_factory=list)

    @property
    def last(self) -> Frame:
        return self.frames[-1]

    @property
    def text(self) -> str:
        return self.last.text

    @property
    def report(self) -> Report:
        assert self.last.report is not None
        return self.last.report

    @property
    def kind(self) -> str:
        """The fault's kind, "" without one."""
        return self.report.fault.kind if self.report.fault else ""


def source_of(connection: Connection, message: str = "Tell me about streaming.") -> Connection:
    from components.chains import chat

    return connection.with_chain(chat.build(connection), {"messages": [HumanMessage(message)]})


def openai(base_url: str, model: str, key: str = KEY, message: str = "Hi") -> Callable[[], Connection]:
    """Opens the OpenAI provider the way the page does."""
    choice = Choice("openai", model, max_tokens=1_000_000, values={"api_key": key, "base_url": base_url})
    provider = OpenAI(Settings())
    return lambda: source_of(provider.open(choice), message)


# By what is spoken over HTTP: its provider, the field of its server's address, what else is chosen.
SPOKEN: dict[str, tuple[str, str, dict[str, str]]] = {
    "openai": ("openai", "base_url", {}),
    "responses": ("openai", "base_url", {"dialect": "responses"}),
    "anthropic": ("anthropic", "base_url", {}),
    "gemini": ("gemini", "base_url", {}),
    "gemini of vertexai": ("gemini", "base_url", {"vertexai": "true"}),
    "azure": ("azure", "endpoint", {}),
}


def provided(spoken: str, address: str, model: str, key: str = KEY, **values: str) -> Connection:
    """A provider's own. `address`: http://127.0.0.1:PORT."""
    provider, field, more = SPOKEN[spoken]
    place = f"{address}/v1" if provider == "openai" else address
    given = {"api_key": key, field: place, **more, **values}
    choice = Choice(provider, model, temperature=0.7, max_tokens=1_000_000, values=given)
    return registry(Settings())[provider].open(choice)


def opening(
    spoken: str, address: str, model: str, key: str = KEY, message: str = "Hi", **values: str
) -> Callable[[], Connection]:
    """Opens a provider the way the page does."""
    return lambda: source_of(provided(spoken, address, model, key, **values), message)


def owners(spoken: str, address: str, model: str) -> dict[str, str]:
    """The environment in which a provider's server is at `address`."""
    provider, field, more = SPOKEN[spoken]
    given = {"api_key": KEY, field: f"{address}/v1" if provider == "openai" else address, **more}
    names = variables(provider)
    return {"PROVIDER": provider, "MODEL": model, **{names[name]: value for name, value in given.items()}}


def over(base_url: str, model: str, key: str = KEY, silence: float = 10) -> Connection:
    """A ChatOpenAI without its provider, which gives up after `silence` seconds without a byte."""
    clients = Clients(base_url, bearer(key))
    clients.timeout = httpx2.Timeout(silence, connect=10)
    return open_chat(clients, key, model=model, temperature=0.7, max_tokens=1000)


def impatient(base_url: str, model: str, silence: float = 1.0) -> Callable[[], Connection]:
    return lambda: source_of(over(base_url, model, silence=silence))


async def collect(
    connect: Callable[[], Connection],
    method: str = "stream",
    *,
    stop: Stop | None = None,
    live: Live | None = None,
    seen: Callable[[Frame], Any] | None = None,
) -> Got:
    """Read a run to its end; `seen` is called with each frame."""
    got = Got()
    async for frame in run(connect, READERS[method], stop=stop, live=live):
        got.frames.append(frame)
        got.times.append(time.perf_counter())
        if seen is not None:
            seen(frame)
    return got


async def by_each(connect: Callable[[], Connection], methods: Sequence[str] = METHODS) -> dict[str, Got]:
    """One run by every method, all at the same time."""
    each = await asyncio.gather(*(collect(connect, method) for method in methods))
    return dict(zip(methods, each, strict=True))


def check_frames(frames: Sequence[Frame]) -> None:
    """What holds for the frames of any run: one report, at the end, and text that only grows."""
    assert frames
    assert [frame.report is not None for frame in frames] == [False] * (len(frames) - 1) + [True]
    for one, next_ in pairwise(frames):
        assert next_.text.startswith(one.text)
        assert next_.chunks >= one.chunks
