"""The provider and model in use, over every tab, and how far the embedded model has come."""

from __future__ import annotations

import html

import gradio as gr

from components.locale import Words
from components.locale.report import sentences
from components.providers import Status
from components.providers.local import MODEL
from components.runs.lab import Lab
from components.tabs.session import Session, words_for
from components.tabs.wiring import QUIETLY

# How often the page asks while weights come or the model loads; it stops asking when it is ready.
SECONDS = 0.5
MB = 1_000_000


def draw(lab: Lab, page: gr.Blocks, session: gr.State, lost: gr.Button) -> gr.HTML:
    """`lost`: clicked when another server may answer, which knows nothing of the session."""
    shown = gr.HTML(elem_id="in-use", padding=False)
    timer = gr.Timer(SECONDS, active=False)

    def show(visitor: Session, request: gr.Request) -> tuple[str, gr.Timer]:
        choice = visitor.choice
        provider = lab.providers[choice.provider]
        status = provider.status()
        words = words_for(request)
        name = words("in_use", provider=choice.provider, model=provider.model_of(choice))
        waiting = status.state in ("fetching", "loading")
        tiny = ' class="tiny"' if provider.model_of(choice) == MODEL else ""
        button = f'<button type="button"{tiny}>{html.escape(name)}</button>'
        return button + _state(words, status, choice.provider), gr.Timer(active=waiting)

    changes = [page.load, timer.tick, lost.click, session.change]
    gr.on(changes, show, session, [shown, timer], trigger_mode="always_last", **QUIETLY)
    return shown


def _state(words: Words, status: Status, provider: str) -> str:
    if status.fault is not None:
        return _span("fault", " ".join(sentences(words, status.fault, provider=provider)))
    if status.state == "loading":
        return _span("state", words("loading")) + "<progress></progress>"
    if status.state == "fetching" and status.total:
        said = words("fetching", done=status.done // MB, total=status.total // MB)
        return _span("state", said) + f'<progress value="{status.done}" max="{status.total}"></progress>'
    if status.state == "fetching":
        return _span("state", words("fetching_unknown")) + "<progress></progress>"
    return ""


def _span(look: str, text: str) -> str:
    return f'<span class="{look}">{html.escape(text)}</span>'
