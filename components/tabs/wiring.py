"""What a tab is drawn with, how its events are wired, and how a run moves the buttons round it."""

import json
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, Final, NamedTuple

import gradio as gr
from gradio.components import Component
from gradio.events import Dependency

from components.locale import DEFAULT, LANGUAGES, Words
from components.locale.report import bad_run_file, sentences
from components.runs.lab import Lab
from components.runs.replay import look
from components.streaming import Failure, Stop
from components.streaming.trace import BadRunFile
from components.tabs.session import session_of, visitor_of, words_for
from components.tabs.view import Message, note

# Unlisted, without a progress animation; and at once.
PRIVATELY: Final[dict[str, Any]] = {"api_visibility": "private", "show_progress": "hidden"}
QUIETLY: Final[dict[str, Any]] = {"queue": False, **PRIVATELY}
# Where a key passes: neither listed, recorded nor called by name.
UNLISTED: Final[dict[str, Any]] = {"show_progress": "hidden", "api_visibility": "undocumented"}


@dataclass(frozen=True, slots=True)
class Page:
    """What a tab is drawn with. `session` holds the visitor's `Session`, `kept` their `Kept`.

    `lost` is clicked when the page has found a server again, which may know nothing of what it shows. `json`,
    `events` and `race`: what those tabs show, where the runs of others are led to.
    """

    lab: Lab
    blocks: gr.Blocks
    i18n: gr.I18n
    session: gr.State
    kept: gr.State
    lost: gr.Button
    tabs: gr.Tabs
    json: gr.HTML
    events: gr.HTML
    race: gr.HTML
    translated: list[tuple[Component, Callable[[Words], Any]]] = field(default_factory=list)

    def translate(self, component: Component, shown: Callable[[Words], Any]) -> None:
        """What Gradio doesn't translate, as choices: `shown` in the reader's language."""
        self.translated.append((component, shown))

    def named(self, kind: type[Any], elem_id: str, *value: Any, **properties: Any) -> Any:
        """A component with the words that go by its id: `json-how` has the label "json_how", and its hint is
        "json_how_hint", where there is one.
        """
        key = elem_id.replace("-", "_")
        if (hint := f"{key}_hint") in LANGUAGES[DEFAULT]:
            properties["info"] = self.i18n(hint)
        return kind(*value, **{"label": self.i18n(key), "elem_id": elem_id, **properties})

    def choices(
        self, kind: type[Any], elem_id: str, listed: Callable[[Words], list[tuple[str, str]]], **more: Any
    ) -> Any:
        """The same of a component that offers what is `listed`."""
        box = self.named(kind, elem_id, listed(Words(DEFAULT)), **more)
        self.translate(box, lambda words: kind(choices=listed(words)))
        return box

    def looks(self, show: Callable[..., Awaitable[Any]], *beside: Any) -> Callable[..., Awaitable[Any]]:
        """An event's function that looks at a run file, within the limits, or says why it can't be shown.

        The request is its first argument; `beside`: its other outputs, where it can't.
        """

        @wraps(show)
        async def shown(request: gr.Request, *given: Any) -> Any:
            try:
                await look(self.lab, visitor_of(self.lab, request))
                return await show(request, *given)
            except (BadRunFile, Failure) as why:
                said = _refused(words_for(request), why)
                return (said, *beside) if beside else said

        return shown

    def leads(self, event: Callable[..., Any], tab: str, show: Callable[..., Awaitable[Message]]) -> None:
        """At the event the page goes to a tab, which shows a run file of those that are kept."""
        event(self.looks(show), self.kept, getattr(self, tab), **QUIETLY)
        event(None, None, self.tabs, js=updates([{"selected": tab}]), **QUIETLY)


def _refused(words: Words, why: BadRunFile | Failure) -> Message:
    """Why a run file is not shown."""
    if isinstance(why, BadRunFile):
        return note(bad_run_file(words, why))
    return note(" ".join(sentences(words, why.fault)))


def button(label: Any, elem_id: str, **properties: Any) -> gr.Button:
    return gr.Button(label, elem_id=elem_id, size="sm", scale=0, **properties)


class Run(NamedTuple):
    """What a tab runs: its frames, what the page is sent of one, and what ends them."""

    frames: AsyncGenerator[Any]
    messages: Callable[[Any], Iterable[Any]]
    stops: Sequence[Stop]


class RunButtons:
    """Run and Stop, drawn inside the current Blocks."""

    def __init__(self, lab: Lab, name: str, run: Any, stop: Any, **properties: Any) -> None:
        self._lab = lab
        self.run = button(run, f"run-{name}", **properties)
        self._stop = button(stop, f"stop-{name}", interactive=False)
        self._began = signal([self.run, self._stop], ({"interactive": False}, {"interactive": True}))
        self._stop.click(stops(lab), **QUIETLY)

    def on(
        self,
        triggers: Sequence[Callable[..., Any]],
        begin: Callable[..., Awaitable[Run | Message]],
        inputs: Sequence[Component],
        *shown: Component,
    ) -> Dependency:
        """What begins a run whose messages go to all of `shown`, or says why there is none to begin.

        The request is the first argument of `begin`.
        """

        @wraps(begin)
        async def running(request: gr.Request, *given: Any) -> AsyncGenerator[tuple[Any, ...]]:
            began: Any = time.monotonic_ns()
            try:
                run = await begin(request, *given)
                if not isinstance(run, Run):
                    yield *[run for _ in shown], began
                    return
                with self._lab.runs.begin(session_of(request), *run.stops):
                    async with aclosing(run.frames) as frames:
                        async for frame in frames:
                            for message in run.messages(frame):
                                yield *[message for _ in shown], began
                                began = gr.skip()
            except (BadRunFile, Failure) as why:
                yield *[_refused(words_for(request), why) for _ in shown], began

        outputs = [*shown, self._began]
        ran: Dependency = gr.on([*triggers], running, [*inputs], outputs, trigger_mode="once", **PRIVATELY)
        self.ready_after(ran)
        return ran

    def ready_after(self, ended: Dependency) -> None:
        """Run can be clicked again, in whatever way `ended` has."""
        ready = updates(({"interactive": True}, {"interactive": False}))
        ended.then(None, None, [self.run, self._stop], js=ready, **QUIETLY)


def stops(lab: Lab, how: Callable[[Stop], object] = Stop.set) -> Callable[..., None]:
    """An event's function that ends what the session runs, or what of it `how` ends."""

    def stop(request: gr.Request) -> None:
        for one in lab.runs.of(session_of(request)):
            how(one)

    return stop


def signal(buttons: Sequence[gr.Button], become: Sequence[dict[str, bool]]) -> gr.State:
    """An output for which a run yields the time when the page is to change `buttons`, else `gr.skip()`.

    The page does it by itself. Were the buttons outputs of the run, Gradio would make others of them with
    every frame, also for `gr.skip()`: 0.3 ms each.
    """
    given = gr.State(0)
    given.change(None, None, [*buttons], js=updates(become), **QUIETLY)
    return given


def updates(become: Sequence[dict[str, Any]]) -> str:
    """What the page does by itself with as many outputs."""
    return f"() => {json.dumps([gr.update(**properties) for properties in become])}"
