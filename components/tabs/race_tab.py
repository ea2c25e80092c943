"""The Race tab: one prompt, up to four lanes on one clock."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack, aclosing
from pathlib import Path
from typing import Any

import gradio as gr

from components.locale import DEFAULT, Words
from components.runs.ask import Ask, about
from components.runs.lab import Lab
from components.runs.race import Lane, frames, join, replayed, split
from components.runs.replay import look
from components.streaming import Failure, Trace
from components.streaming.trace import BadRunFile, open_run_file
from components.tabs import race_lanes
from components.tabs.code_panel import CodePanel
from components.tabs.events_kept import Kept
from components.tabs.events_view import refusal
from components.tabs.race_form import Boxes, races
from components.tabs.race_view import WAITS, RaceView, labels
from components.tabs.run_view import Message, broken, message
from components.tabs.session import Session
from components.tabs.visitor import session_of, visitor_of, words_for
from components.tabs.wiring import QUIETLY, download, now, ready_after, run_with, static

SCRIPTS = ("element.js", "axis.js", "follow.js", "run_lanes.js", "run_link.js", "race.js")


def draw(
    lab: Lab,
    page: gr.Blocks,
    i18n: gr.I18n,
    session: gr.State,
    kept: gr.State,
    lost: gr.Button,
    tabs: gr.Tabs,
    tab: gr.Tab,
) -> None:
    """Draw the tab inside the current Blocks; `session` and `kept` hold what is the visitor's.

    `lost` is clicked when the page has found a server again, which may know nothing of the race.
    """
    english = Words(DEFAULT)
    race = gr.Radio(
        races(lab, english), value="invoke", label=i18n("race_races"), container=False, elem_id="race-races"
    )
    with gr.Row(elem_id="race-buttons"):
        prompt = gr.Textbox(
            english("race_prompt"), label=i18n("json_prompt"), lines=1, container=False, elem_id="race-prompt"
        )
        go = gr.Button(i18n("race_run"), variant="primary", elem_id="run-race", size="sm", scale=0)
        stop = gr.Button(i18n("race_stop"), elem_id="stop-race", size="sm", interactive=False, scale=0)
    with gr.Accordion(i18n("race_lanes"), open=False, elem_id="race-form"):
        gr.Markdown(i18n("race_lanes_hint"), elem_classes="muted")
        boxes = Boxes(lab, i18n, session.value)
    shown = gr.HTML(
        value=labels(english),
        html_template=static("race.html"),
        js_on_load=static(*SCRIPTS),
        apply_default_css=False,
        padding=False,
        elem_id="race",
    )
    code = CodePanel(lab, i18n, kept, "lane")
    with gr.Accordion(i18n("race_files"), open=False, elem_id="race-files"):
        file = gr.File(label=i18n("race_open"), file_types=[".jsonl"], height=110, elem_id="race-file")

    async def ask(
        text: str, visitor: Session, mine: Kept, request: gr.Request, *chosen: Any
    ) -> AsyncIterator[tuple[Message, Any, Any]]:
        with ExitStack() as stops:
            lanes, mine.race, mine.lanes = [], (), ()
            for choice, method, waits in boxes.read(visitor, chosen):
                asked = Ask(text, [], choice, "", method, visitor_of(lab, request))
                known = about(lab, asked, WAITS if waits else "chat")
                stopping = stops.enter_context(lab.runs.begin(session_of(request)))
                lanes.append(Lane(asked, waits, Trace(known, path=mine.race_path()), stopping))
            mine.lanes = tuple(lane.trace for lane in lanes)
            mine.lane_stops = tuple(lane.stop for lane in lanes)
            if not lanes:
                yield message({"note": words_for(request)("race_no_lanes")}), mine, now()
                return
            view = RaceView(words_for(request), [(lane.trace.about, lane.ask.method) for lane in lanes])
            changed: tuple[Any, Any] = mine, now()
            async with aclosing(frames(lab, lanes)) as running:
                async for new in running:
                    yield view.message(new), *changed
                    changed = gr.skip(), gr.skip()

    async def play(mine: Kept, request: gr.Request) -> AsyncIterator[tuple[Message, Any, Any]]:
        words = words_for(request)
        if not mine.race:  # another server's
            yield message({"note": words("run_file_unreadable")}), gr.skip(), now()
            return
        try:
            run_files = [await asyncio.to_thread(open_run_file, path) for path in mine.race]
            changed: tuple[Any, Any] = gr.skip(), now()
            with lab.runs.begin(session_of(request)) as stopping:
                known = [(one.header, one.header.method) for one in run_files]
                view = RaceView(words, known, code=all(isinstance(one, Trace) for one in mine.lanes))
                playing = replayed(lab, run_files, visitor_of(lab, request), stopping)
                async with aclosing(playing) as given:
                    async for new in given:
                        yield view.message(new), *changed
                        changed = gr.skip(), gr.skip()
        except (BadRunFile, Failure) as why:
            yield message({"note": refusal(words, why)}), gr.skip(), gr.skip()

    async def opened(path: str | None, mine: Kept, request: gr.Request) -> tuple[Message, None, Kept]:
        """The race in a file takes the place of the one that is shown, if all of it can be played."""
        if path is None:
            return gr.skip(), None, mine
        before = mine.race
        try:
            await look(lab, visitor_of(lab, request))
            found = await asyncio.to_thread(split, Path(path), mine.race_path)
            mine.lanes = tuple([await asyncio.to_thread(open_run_file, one) for one in found])
            mine.race, said = tuple(found), message({"play": True})
        except (BadRunFile, Failure) as why:
            mine.race, said = before, message({"note": refusal(words_for(request), why)})
        return said, None, mine

    async def save(mine: Kept) -> Any:
        if not mine.race:
            return gr.skip()
        whole = mine.new_path("a-race")
        await asyncio.to_thread(join, mine.race, whole)
        return str(whole)

    _, began = run_with(lab, [go, stop], ask, [prompt, session, kept, *boxes.all], [shown, kept])
    played = shown.play(play, kept, [shown, kept, began], api_visibility="private", show_progress="hidden")
    ready_after(played, [go, stop])
    race_lanes.wire(lab, shown, kept, code, tabs)
    download(shown, save, kept, "race-saved")
    file.upload(opened, [file, kept], [shown, file, kept], **QUIETLY)
    race.input(boxes.choose, [race, session], boxes.all, **QUIETLY)
    tab.select(boxes.offer, session, boxes.all, **QUIETLY)
    lost.click(_broken, None, shown, **QUIETLY)
    page.load(_in_language(lab), None, [prompt, race, shown], **QUIETLY)


def _broken(request: gr.Request) -> Message:
    return broken(words_for(request))


def _in_language(lab: Lab) -> Any:
    """What Gradio doesn't translate: a prompt, choices, and the words of our own component."""

    def words_of(request: gr.Request) -> tuple[str, gr.Radio, Message]:
        words = words_for(request)
        return words("race_prompt"), gr.Radio(choices=races(lab, words)), labels(words)

    return words_of
