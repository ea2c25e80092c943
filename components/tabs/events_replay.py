"""Runs from files and captured streams: opened, pasted, saved, played again, or as they stood at a moment."""

import asyncio
import math
from contextlib import aclosing
from pathlib import Path
from typing import Any, Final

import gradio as gr

from components.locale.report import bad_run_file
from components.runs.captured import make_run_file
from components.runs.replay import frames
from components.streaming import Stop, Trace
from components.streaming.events import Events, examples
from components.streaming.replay import replay
from components.streaming.trace import BadRunFile, RunFile
from components.tabs.events_view import EventsView, opened
from components.tabs.session import Kept, visitor_of, words_for
from components.tabs.view import Message, note, told
from components.tabs.wiring import QUIETLY, Page, Run, RunButtons, updates

SPEEDS: Final = {"1": 1.0, "4": 4.0, "all": math.inf}


def wire(page: Page, buttons: RunButtons) -> None:
    """The log plays, pauses and moves to a moment."""
    lab, kept, shown = page.lab, page.kept, page.events

    async def play(request: gr.Request, mine: Kept, event: gr.EventData) -> Run:
        if mine.shown is None:  # another server's
            raise BadRunFile("unreadable")
        run_file, stop = await mine.shown.opened(), Stop()
        mine.shown = view = EventsView(words_for(request), mine.begin(stop), run_file)
        speed, start = SPEEDS.get(str(told(event, "speed")), 1.0), moment(event)
        playing = frames(lab, run_file, visitor_of(lab, request), speed=speed, start=start, stop=stop)
        return Run(playing, lambda frame: view.messages(frame, going=not stop.is_set()), [stop])

    async def seek(request: gr.Request, mine: Kept, event: gr.EventData) -> Any:
        if mine.shown is None:
            return gr.skip()
        number = mine.begin(Stop())
        return await show(request, mine, await mine.shown.opened(), at=moment(event), number=number)

    buttons.on([shown.play], play, [kept], shown)
    shown.release(page.looks(seek), kept, shown, **QUIETLY)
    shown.pause(lambda mine: mine.halt(), kept, None, **QUIETLY)


async def show_last(request: gr.Request, mine: Kept) -> Message:
    """The last run of another tab."""
    words, last = words_for(request), mine.last
    if last is None or last.path is None:
        return note(words("events_no_run"))
    method = (last.about if isinstance(last, Trace) else last.header).method
    said = "" if method == "astream_events" else words("events_other_run")
    if isinstance(last, Trace) and last.report is None:
        said = words("events_run_going")
    return await show(request, mine, await opened(last.path), remark=said)


async def show(
    request: gr.Request,
    kept: Kept,
    run_file: RunFile,
    *,
    at: float = math.inf,
    number: int | None = None,
    remark: str = "",
) -> Message:
    """Everything of a run file up to a moment at once.

    `number`: the view's, if it has begun. `remark`: what has to be said besides.

    Raises BadRunFile: the file has changed since it was opened.
    """
    words, events = words_for(request), Events()
    async with aclosing(replay(run_file, speed=math.inf, end=at)) as playing:
        async for frame in playing:
            events.feed(frame)
    kept.shown = view = EventsView(words, number or kept.begin(Stop()), run_file, events)
    if run_file.damage is not None and not number:
        remark = bad_run_file(words, run_file.damage, events=events.last)
    return view.message(frame, going=frame.last and not remark, remark=remark, most=events.limit)


def moment(event: gr.EventData) -> float:
    """Seconds of the run, from what the page sent."""
    at = told(event, "at")
    return float(at) if isinstance(at, int | float) and math.isfinite(at) and at > 0 else 0.0


def draw_files(page: Page) -> None:
    """Draw the section inside the current Blocks."""
    lab, i18n, shown, kept = page.lab, page.i18n, page.events, page.kept
    with gr.Accordion(i18n("events_files"), open=False, elem_id="events-files"):
        gr.Markdown(i18n("events_files_hint"), elem_classes="muted")
        with gr.Row(elem_id="events-examples"):
            shipped = [
                (path, gr.Button(i18n(f"events_example_{path.stem[2:]}"), size="sm", scale=0))
                for path in examples()
            ]
        file = gr.File(label=i18n("events_open"), height=110, elem_id="events-file")
        with gr.Row(elem_id="events-paste"):
            stream = gr.Textbox(
                label=i18n("events_paste"),
                placeholder=i18n("events_paste_hint"),
                lines=2,
                max_lines=4,
                scale=6,
            )
            play = gr.Button(i18n("events_paste_play"), size="sm", scale=0)

    async def uploaded(request: gr.Request, path: str | None, mine: Kept) -> Any:
        if path is None:
            return gr.skip()
        dropped = Path(path)
        try:
            return await made(request, dropped, mine)
        finally:  # there may be keys in it
            await asyncio.to_thread(dropped.unlink, missing_ok=True)

    async def made(request: gr.Request, given: Path | str, mine: Kept) -> Message:
        own = mine.new_path("opened")
        await make_run_file(lab, given, visitor_of(lab, request), own)
        return await show(request, mine, await opened(own))

    async def example(request: gr.Request, path: Path, mine: Kept) -> Message:
        return await show(request, mine, await opened(path))

    looked = file.upload(page.looks(uploaded), [file, kept], shown, **QUIETLY)
    looked.then(None, None, file, js=updates([{"value": None}]), **QUIETLY)
    play.click(page.looks(made), [stream, kept], shown, **QUIETLY)
    for path, one in shipped:
        one.click(page.looks(example), [gr.State(path), kept], shown, **QUIETLY)
