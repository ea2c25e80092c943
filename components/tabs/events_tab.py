"""The Events tab: what every step of a chain did, as it happens, on a timeline, and played again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

import gradio as gr

from components.chains.registry import CHAINS
from components.locale import DEFAULT, LANGUAGES, Words
from components.runs.ask import Ask, about
from components.runs.events import frames
from components.runs.lab import Lab
from components.streaming import Trace
from components.streaming.trace import About
from components.tabs import endpoints, events_files, events_replay, run_link
from components.tabs.events_ask import asked_for, draw_boxes, draw_version
from components.tabs.events_kept import Kept, Shown
from components.tabs.events_view import EventsView, Message, note
from components.tabs.events_words import labels
from components.tabs.session import Session
from components.tabs.visitor import session_of, visitor_of, words_for
from components.tabs.wiring import QUIETLY, now, run_with, static, told

SCRIPTS = (
    *("element.js", "axis.js", "follow.js", "json_panes.js", "run_link.js"),
    *("events_list.js", "events_time.js", "events_filters.js", "events.js"),
)
# Characters of a whole event that the page is sent; an event can hold megabytes.
LONGEST = 300_000


def draw(lab: Lab, page: gr.Blocks, i18n: gr.I18n, session: gr.State, kept: gr.State) -> None:
    """Draw the tab inside the current Blocks; `session` and `kept` hold what is the visitor's."""
    english = Words(DEFAULT)
    shown = gr.HTML(
        value=labels(english),
        opened=None,
        html_template=static("events.html"),
        js_on_load=static(*SCRIPTS),
        apply_default_css=False,
        elem_id="events",
        render=False,
    )
    with gr.Accordion(i18n("events_form"), open=True, elem_id="events-form"):
        chain = gr.Radio(list(CHAINS), value="chat", label=i18n("events_chain"), elem_id="events-chain")
        version = draw_version(i18n, chain)
        prompt = gr.Textbox(
            english("events_prompt_chat"), label=i18n("events_prompt"), lines=1, elem_id="events-prompt"
        )
        boxes = draw_boxes(i18n, version)
        events_files.draw(lab, i18n, shown, kept)
    with gr.Row(elem_id="events-buttons"):
        go = gr.Button(i18n("events_run"), variant="primary", elem_id="run-events", size="sm", scale=0)
        stop = gr.Button(i18n("stop"), elem_id="stop-events", size="sm", interactive=False, scale=0)
        last = gr.Button(i18n("events_last_run"), elem_id="events-last-run", size="sm", scale=0)
    run_link.makes(lab, shown, kept, lambda mine, _: mine.shown.path if mine.shown else None)
    shown.render()

    async def ask(
        text: str,
        name: str,
        version: str,
        visitor: Session,
        mine: Kept,
        request: gr.Request,
        *filters: str,
    ) -> AsyncIterator[tuple[Message, Any, Any]]:
        words = words_for(request)
        given = Ask(text, [], visitor.choice, "", "astream_events", visitor_of(lab, request))
        known = about(lab, given, name)
        path = mine.new_path(name)
        asked = asked_for(*filters) if version == "v2" else None
        trace = Trace(known, asked=asked, path=path)
        mine.shown = Shown(known, path, version=version)
        changed: tuple[Any, Any] = mine, now()
        with lab.runs.begin(session_of(request)) as stopping:
            view = EventsView(words, mine.begin(stopping), mine.shown)
            async with aclosing(frames(lab, given, name, trace, stopping, version=version)) as running:
                async for frame in running:
                    for message in view.messages(frame):
                        yield message, *changed
                        changed = gr.skip(), gr.skip()

    async def last_run(mine: Kept, request: gr.Request) -> tuple[Message, Kept]:
        words = words_for(request)
        last = mine.last
        if last is None or last.path is None:
            return note(words("events_no_run")), mine
        method = last.meter.method if isinstance(last, Trace) else last.header.method
        said = "" if method == "astream_events" else words("events_other_run")
        if isinstance(last, Trace) and last.report is None:
            said = words("events_run_going")
        of = Shown(About(), last.path)
        return await events_replay.show(lab, request, mine, of, note=said), mine

    async def whole(mine: Kept, request: gr.Request, event: gr.EventData) -> gr.HTML:
        number = told(event, "n")
        words = words_for(request)
        line = mine.shown.events.log.line(number) if mine.shown and isinstance(number, int) else None
        cut = line is not None and len(line) > LONGEST
        said = words("events_gone") if line is None else words("events_cut") if cut else ""
        # What is opened again is another value, and is drawn again.
        opened = {"n": number, "asked": told(event, "asked"), "cut": cut, "said": said}
        return gr.HTML(opened={**opened, "json": (line or "").strip()[:LONGEST]})

    def answer(request: gr.Request, event: gr.EventData) -> None:
        lab.runs.answer(session_of(request), yes=told(event, "yes") is True)

    shown.submit(answer, None, None, **QUIETLY)
    _, began = run_with(lab, [go, stop], ask, [prompt, chain, version, session, kept, *boxes], [shown, kept])
    last.click(last_run, kept, [shown, kept], **QUIETLY)
    shown.select(whole, kept, shown, **QUIETLY)
    chain.input(_prompt, [chain, prompt], prompt, **QUIETLY)
    page.load(_in_language, None, [prompt, shown], **QUIETLY)
    events_replay.wire(lab, shown, kept, [go, stop], began)
    endpoints.draw_events(lab)


def _prompt(name: str, text: str, request: gr.Request) -> Any:
    """The chain's own prompt, unless the visitor has written one."""
    ours = {words[f"events_prompt_{chain}"] for words in LANGUAGES.values() for chain in CHAINS}
    return words_for(request)(f"events_prompt_{name}") if not text.strip() or text in ours else gr.skip()


def _in_language(request: gr.Request) -> tuple[str, Message]:
    """What Gradio doesn't translate: a prompt, and the words of our own component."""
    words = words_for(request)
    return words("events_prompt_chat"), labels(words)
