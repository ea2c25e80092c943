"""How events that only move things on the page are wired, and how a run moves the buttons round it."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any, Final

import gradio as gr
from gradio.components import Component
from gradio.events import Dependency

from components.runs.lab import Lab
from components.tabs.visitor import session_of

# At once, unlisted, without a progress animation.
QUIETLY: Final[dict[str, Any]] = {"queue": False, "api_visibility": "private", "show_progress": "hidden"}
# Where a key passes: neither listed, recorded nor called by name.
UNLISTED: Final[dict[str, Any]] = {"show_progress": "hidden", "api_visibility": "undocumented"}
# Run and Stop.
GOING: Final = ({"interactive": False}, {"interactive": True})
READY: Final = ({"interactive": True}, {"interactive": False})

STATIC: Final = Path(__file__).parent.parent / "static"


def static(*names: str) -> str:
    """The text of these files of the browser's side, joined."""
    return "".join((STATIC / name).read_text("utf-8") for name in names)


def signal(buttons: Sequence[gr.Button], become: Sequence[dict[str, bool]]) -> gr.State:
    """An output for which a run yields `now()` when the page is to change `buttons`, else `gr.skip()`.

    The page does it by itself. Were the buttons outputs of the run, Gradio would make others of them with
    every frame, also for `gr.skip()`: 0.3 ms each.
    """
    given = gr.State(0)
    given.change(None, None, [*buttons], js=updates(become), **QUIETLY)
    return given


def now() -> int:
    """Not what it was before, so that it is a change."""
    return time.monotonic_ns()


def run_with(
    lab: Lab,
    buttons: Sequence[gr.Button],
    run: Callable[..., AsyncIterator[Any]],
    inputs: Sequence[Component],
    shown: Sequence[Component],
    *,
    by: Sequence[Callable[..., Any]] = (),
) -> tuple[Dependency, gr.State]:
    """Wire Run and Stop. `run` yields what is `shown`, and behind it the signal that it has begun.

    `by`: what else starts it.
    """
    go, stop = buttons
    began = signal(buttons, GOING)
    ran = gr.on(
        [go.click, *by],
        run,
        [*inputs],
        [*shown, began],
        api_visibility="private",
        show_progress="hidden",
        trigger_mode="once",
    )
    ready_after(ran, buttons)

    def stop_runs(request: gr.Request) -> None:
        lab.runs.stop(session_of(request))

    stop.click(stop_runs, **QUIETLY)
    return ran, began


def ready_after(ended: Dependency, buttons: Sequence[gr.Button]) -> None:
    """Run can be clicked again, in whatever way `ended` has."""
    ended.then(None, None, [*buttons], js=updates(READY), **QUIETLY)


def download(shown: gr.HTML, save: Callable[..., Any], kept: gr.State, elem_id: str) -> None:
    """Have the browser save the file whose path `save` gives, when `shown` asks for it.

    It saves what a link is clicked for; the link is Gradio's own, which makes it when there is a file.
    """
    link = gr.DownloadButton(visible="hidden", elem_id=elem_id)
    click = f"() => setTimeout(() => document.querySelector('#{elem_id}')?.click(), 300)"
    shown.download(save, kept, link, **QUIETLY).then(None, js=click, **QUIETLY)


def told(event: gr.EventData, name: str) -> Any:
    """What the page says of its event; None where it says nothing of it."""
    try:
        return getattr(event, name, None)
    except TypeError:  # it isn't even an object
        return None


def updates(become: Sequence[dict[str, Any]]) -> str:
    """What the page does by itself with as many outputs."""
    return f"() => {json.dumps([gr.update(**properties) for properties in become])}"
