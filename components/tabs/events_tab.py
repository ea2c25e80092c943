"""The Events tab: what every step of a chain did, as it happens, on a timeline, and played again."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

import gradio as gr

from components.chains.registry import CHAINS
from components.locale import LANGUAGES
from components.runs.ask import Ask, about
from components.runs.events import frames
from components.streaming import TYPED, Trace
from components.streaming.trace.run_file import LARGEST, MEGA
from components.tabs import events_replay, run_link
from components.tabs.events_ask import asked_for, draw_boxes, draw_version
from components.tabs.events_view import EventsView
from components.tabs.session import Kept, Session, Shown, session_of, visitor_of, words_for
from components.tabs.view import Message
from components.tabs.wiring import QUIETLY, Page, RunButtons, button, component, told, updates

# Characters of a whole event that the page is sent; an event can hold megabytes.
LONGEST = 300_000
SCRIPTS = ("axis", "follow", "json_panes", "run_link", "events_list", "events_time", "events_filters")


def panel() -> gr.HTML:
    """Not drawn yet. `most`: megabytes of a file that is opened."""
    return component("events", *SCRIPTS, opened=None, most=LARGEST // MEGA, padding=True, render=False)


def draw(page: Page) -> None:
    """Draw the tab inside the current Blocks."""
    lab, i18n, kept, shown = page.lab, page.i18n, page.kept, page.events
    with gr.Accordion(i18n("events_form"), open=True, elem_id="events-form") as form:
        chain = gr.Radio(list(CHAINS), value="chat", label=i18n("events_chain"), elem_id="events-chain")
        version = draw_version(i18n, chain)
        prompt = page.prompt(
            "events_prompt_chat", label=i18n("events_prompt"), lines=1, elem_id="events-prompt"
        )
        boxes = draw_boxes(i18n, version)
        events_replay.draw_files(page)
    with gr.Row(elem_id="events-buttons"):
        buttons = RunButtons(lab, "events", i18n("events_run"), i18n("stop"), variant="primary")
        last = button(i18n("events_last_run"), "events-last-run")
    shown.render()

    async def ask(
        text: str,
        name: str,
        version: str,
        visitor: Session,
        mine: Kept,
        request: gr.Request,
        *filters: str,
    ) -> AsyncGenerator[Message]:
        method = TYPED.name if version == "v3" else "astream_events"
        given = Ask(text, [], visitor.choice, "", method, visitor_of(lab, request))
        known = about(lab, given, name)
        path = mine.new_path(name)
        trace = Trace(known, asked=asked_for(*filters) if version == "v2" else None, path=path)
        mine.shown = Shown(known, path)
        with lab.runs.begin(session_of(request)) as stopping:
            view = EventsView(words_for(request), mine.begin(stopping), mine.shown)
            async with aclosing(frames(lab, given, name, trace, stopping)) as running:
                async for frame in running:
                    for message in view.messages(frame):
                        yield message

    async def last_run(mine: Kept, request: gr.Request) -> Message:
        return await events_replay.show_last(lab, request, mine)

    async def whole(mine: Kept, request: gr.Request, event: gr.EventData) -> gr.HTML:
        number = told(event, "n")
        words = words_for(request)
        line = mine.shown.events.line(number) if mine.shown and isinstance(number, int) else None
        cut = line is not None and len(line) > LONGEST
        said = words("events_gone") if line is None else words("events_cut") if cut else ""
        # What is opened again is another value, and is drawn again.
        opened = {"n": number, "asked": told(event, "asked"), "cut": cut, "said": said}
        return gr.HTML(opened={**opened, "json": (line or "").strip()[:LONGEST]})

    async def answer(request: gr.Request, event: gr.EventData) -> None:  # on the loop
        lab.runs.answer(session_of(request), yes=told(event, "yes") is True)

    run_link.makes(page, shown, lambda mine, _: [mine.shown.path] if mine.shown else [])
    shown.collapse(None, None, form, js=updates([{"open": False}]), **QUIETLY)
    shown.submit(answer, None, None, **QUIETLY)
    inputs = [prompt, chain, version, page.session, kept, *boxes]
    buttons.on([buttons.run.click], ask, inputs, shown)
    last.click(last_run, kept, shown, **QUIETLY)
    shown.select(whole, kept, shown, **QUIETLY)
    chain.input(_prompt, [chain, prompt], prompt, **QUIETLY)
    events_replay.wire(page, buttons)


def _prompt(name: str, text: str, request: gr.Request) -> Any:
    """The chain's own prompt, unless the visitor has written one."""
    ours = {words[f"events_prompt_{chain}"] for words in LANGUAGES.values() for chain in CHAINS}
    return words_for(request)(f"events_prompt_{name}") if not text.strip() or text in ours else gr.skip()
