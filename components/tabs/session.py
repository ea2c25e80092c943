"""What one visitor's session owns, which lives in its `gr.State` and nowhere else; and who asks."""

import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import gradio as gr

from components.locale import Words, words_in
from components.providers import SECRET, Choice, Provider
from components.runs.captured import as_run_file
from components.runs.lab import Lab
from components.runs.race import MOST as MOST_LANES
from components.runs.race import split
from components.streaming import Frame, Stop, Trace
from components.streaming.trace import About, RunFile, copy_unpacked, open_run_file
from components.tabs.events_view import EventsView
from components.tabs.run_view import RunView


@dataclass(frozen=True, slots=True)
class Session:
    """`given` remembers what was typed for each provider, keys among it, while the visitor looks around."""

    choice: Choice
    given: Mapping[str, Mapping[str, str]] = field(default_factory=dict, repr=False, hash=False)

    def use(self, provider: Provider, model: str, values: Mapping[str, str]) -> "Session":
        """The session with another choice. A secret left empty stays what it was."""
        before = self.given.get(provider.name, {})
        kept = {name: before[name] for name in _secrets(provider) if not values.get(name) and name in before}
        now = {**values, **kept}
        choice = replace(self.choice, provider=provider.name, model=model.strip(), values=now)
        return Session(choice, {**self.given, provider.name: now})

    def forget_keys(self, providers: Mapping[str, Provider]) -> "Session":
        given = {
            name: {key: value for key, value in values.items() if key not in _secrets(providers[name])}
            for name, values in self.given.items()
        }
        return Session(replace(self.choice, values=given.get(self.choice.provider, {})), given)


def _secrets(provider: Provider) -> set[str]:
    return {field.name for field in provider.fields if field.kind in SECRET}


# A run, live or from its file.
Recorded = Trace | RunFile
# Chat runs whose files are kept.
MOST: Final = 10


@dataclass(slots=True)
class Kept:
    """`last`: the last run on another tab; `runs`: those whose code can be had, by the name of its panel;
    `shown`: the one whose events are; `chats`: the last few, by their views' names; `lanes`: of the last
    race, which `lane_stops` end.

    Changed by one event handler after the other: each view that begins ends the one before it.
    """

    last: Recorded | None = None
    runs: dict[str, Trace | None] = field(default_factory=dict)
    shown: EventsView | None = None
    lanes: tuple[Recorded, ...] = ()
    lane_stops: tuple[Stop, ...] = ()
    chats: dict[str, tuple[Trace, RunView]] = field(default_factory=dict)
    _view: int = 0
    _files: int = 0
    _stop: Stop | None = None
    _folder: TemporaryDirectory[str] | None = field(default=None, repr=False)

    def record(self, about: About, panel: str) -> Trace:
        """What is to record a run that begins."""
        self.last = self.runs[panel] = trace = Trace(about, path=self.new_path(about.chain))
        return trace

    def open_race(self, whole: Path) -> None:
        """The race in a file takes the place of the one that is shown, if all of it can be played.

        Raises BadRunFile: it can't.
        """
        *paths, own = [self.new_path("race") for _ in range(MOST_LANES + 1)]
        try:
            copy_unpacked(whole, own)
        finally:
            whole.unlink()
        as_run_file(own)
        found = split(own, paths)
        self.lanes = tuple(open_run_file(path) for path in found)

    def record_chat(self, view: RunView) -> Trace:
        """The same of a chat run, shown as `view`."""
        trace = self.record(view.about, "chat")
        self.chats[view.run] = trace, view
        for oldest in list(self.chats)[:-MOST]:
            del self.chats[oldest]
        return trace

    def begin(self, stop: Stop) -> int:
        """Another view begins, ended by `stop`; its number, by which the page knows the latest.

        A clock has them begin where a server before this one, of which nothing is known, left off.
        """
        self.halt()
        self._stop = stop
        self._view = max(self._view + 1, time.time_ns() // 1_000_000)
        return self._view

    def halt(self) -> None:
        """End the view that goes on, if one does."""
        if self._stop is not None:
            self._stop.set()

    def new_path(self, kind: str) -> Path:
        """For a run file. Of what was written before, only what may still be shown is kept."""
        if self._folder is None:
            self._folder = TemporaryDirectory(prefix="streaming-lab-", ignore_cleanup_errors=True)
        folder = Path(self._folder.name)
        chats = [self.runs.get("chat"), *(trace for trace, _ in self.chats.values())]
        needed = {one.path for one in (self.shown, self.last, *chats, *self.lanes) if one}
        for path in folder.iterdir():
            if path not in needed:
                path.unlink(missing_ok=True)
        self._files += 1
        return folder / f"{kind.replace(' ', '-')}-{self._files}.jsonl"

    def close(self) -> None:
        """The visitor has gone: so do their files."""
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None


def words_for(request: gr.Request) -> Words:
    return words_in(request.headers)


def visitor_of(lab: Lab, request: gr.Request) -> str:
    """The same for all tabs and sessions at one address."""
    return lab.control.visitors.asking(request)


def session_of(request: gr.Request) -> str:
    """Gradio's session hash: one a browser tab, or one a client."""
    return request.session_hash or ""


@asynccontextmanager
async def running(
    request: gr.Request, lab: Lab, run: Callable[..., AsyncGenerator[Frame]], *asked: Any, **view: Any
) -> AsyncIterator[AsyncGenerator[Frame]]:
    """What `run` gives of what is asked. The session's Stop ends it, and so does leaving it."""
    with lab.runs.begin(session_of(request)) as stop:
        async with aclosing(run(lab, *asked, stop, **view)) as frames:
            yield frames
