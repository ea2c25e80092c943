"""The Race tab: one prompt, up to four lanes on one clock."""

import asyncio
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import gradio as gr

from components.runs.ask import Ask, about
from components.runs.race import Lane, frames, replayed
from components.streaming import Stop, Trace
from components.streaming.trace import BadRunFile, open_run_file
from components.tabs.code_panel import CodePanel
from components.tabs.race_form import Boxes, races
from components.tabs.race_view import RaceView
from components.tabs.run_link import leads
from components.tabs.session import Kept, Recorded, Session, visitor_of, words_for
from components.tabs.view import Message, message, note, told
from components.tabs.wiring import QUIETLY, Page, Run, RunButtons, updates

T = TypeVar("T")


def draw(page: Page) -> None:
    """Draw the tab inside the current Blocks."""
    lab, i18n, session, kept = page.lab, page.i18n, page.session, page.kept
    race = page.choices(gr.Radio, "race-races", partial(races, lab), value="invoke", container=False)
    with gr.Row(elem_id="race-buttons"):
        prompt = gr.Textbox(i18n("race_prompt"), label=i18n("json_prompt"), lines=1, container=False)
        buttons = RunButtons(lab, "race", i18n("race_run"), i18n("race_stop"), variant="primary")
    with gr.Accordion(i18n("race_lanes"), open=False, elem_id="race-form"):
        gr.Markdown(i18n("race_lanes_hint"), elem_classes="muted")
        boxes = Boxes(page)
    shown = page.race
    shown.render()
    code = CodePanel(page, "lane")
    with gr.Accordion(i18n("race_files"), open=False, elem_id="race-files"):
        file = gr.File(label=i18n("race_open"), height=110, elem_id="race-file")

    async def ask(
        request: gr.Request, text: str, visitor: Session, mine: Kept, *chosen: Any
    ) -> Run | Message:
        lanes, mine.lanes = [], ()
        for choice, method, chain in boxes.read(visitor, chosen):
            asked = Ask(text, [], choice, "", method, visitor_of(lab, request))
            trace = Trace(about(lab, asked, chain), path=mine.new_path("race"))
            lanes.append(Lane(asked, chain, trace, Stop()))
        mine.lanes = tuple(lane.trace for lane in lanes)
        mine.lane_stops = tuple(lane.stop for lane in lanes)
        words = words_for(request)
        if not lanes:
            return note(words("race_no_lanes"))
        view = RaceView(words, [lane.trace.about for lane in lanes])
        return Run(frames(lab, lanes), view.messages, mine.lane_stops)

    async def play(request: gr.Request, mine: Kept) -> Run:
        run_files = [await asyncio.to_thread(open_run_file, lane.path) for lane in mine.lanes if lane.path]
        if not run_files:  # another server's
            raise BadRunFile("unreadable")
        code = all(isinstance(one, Trace) for one in mine.lanes)
        view = RaceView(words_for(request), [one.header for one in run_files], code=code)
        stop = Stop()
        return Run(replayed(lab, run_files, visitor_of(lab, request), stop), view.messages, [stop])

    async def opened(request: gr.Request, path: str | None, mine: Kept) -> Any:
        if path is None:
            return gr.skip()
        await asyncio.to_thread(mine.open_race, Path(path))
        return message({"play": True})

    def runs(mine: Kept, event: gr.EventData) -> Sequence[Recorded]:
        """That of a lane, or all of the race."""
        lane = _of_lane(mine.lanes, event)
        return [lane] if lane else mine.lanes

    def stop_lane(mine: Kept, event: gr.EventData) -> None:
        if stop := _of_lane(mine.lane_stops, event):
            stop.set()

    def choose(mine: Kept, event: gr.EventData) -> None:
        lane = _of_lane(mine.lanes, event)
        mine.runs["lane"] = lane if isinstance(lane, Trace) else None

    buttons.on([buttons.run.click], ask, [prompt, session, kept, *boxes.all], shown)
    buttons.on([shown.play], play, [kept], shown)
    shown.stop(stop_lane, kept, None, **QUIETLY)
    chosen = shown.expand(choose, kept, None, **QUIETLY)
    chosen.then(**code.opens).then(None, js="seeLanesCode", **QUIETLY)
    shown.collapse(**code.closes)
    leads(page, shown, runs)
    uploaded = file.upload(page.looks(opened), [file, kept], shown, **QUIETLY)
    uploaded.then(None, None, file, js=updates([{"value": None}]), **QUIETLY)
    race.input(boxes.choose, [race, session], boxes.all, **QUIETLY)


def _of_lane(lanes: tuple[T, ...], event: gr.EventData) -> T | None:
    """What there is of the lane that the page's event is about."""
    number = told(event, "lane")
    return lanes[number] if isinstance(number, int) and 0 <= number < len(lanes) else None
