"""A run from its file: played again, all of it at once, or as it stood at a moment."""

from __future__ import annotations

import math
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from typing import Any, Final

import gradio as gr

from components.locale.report import bad_run_file
from components.runs.lab import Lab
from components.runs.replay import frames, look
from components.streaming import Failure, Stop, Trace
from components.streaming.events import Events
from components.streaming.trace import About, BadRunFile, replay
from components.tabs.events_kept import Kept, Shown
from components.tabs.events_view import EventsView
from components.tabs.session import Page, session_of, visitor_of, words_for
from components.tabs.view import Message, note, refused
from components.tabs.wiring import QUIETLY, RunButtons, told

SPEEDS: Final = {"1": 1.0, "4": 4.0, "all": math.inf}


def wire(page: Page, buttons: RunButtons) -> None:
    """The log plays, pauses and moves to a moment."""
    lab, kept, shown = page.lab, page.kept, page.events

    async def play(mine: Kept, request: gr.Request, event: gr.EventData) -> AsyncGenerator[Message]:
        if mine.shown is None:
            return
        words = words_for(request)
        try:
            run_file = await mine.shown.opened()
            mine.shown = replace(mine.shown, about=run_file.header, events=Events())
            speed = SPEEDS.get(str(told(event, "speed")), 1.0)
            with lab.runs.begin(session_of(request)) as stop:
                view = EventsView(words, mine.begin(stop), mine.shown, replayed=True)
                visitor, start = visitor_of(lab, request), moment(event)
                playing = frames(lab, run_file, visitor, speed=speed, start=start, stop=stop)
                async with aclosing(playing) as given:
                    async for frame in given:
                        for message in view.messages(frame, going=not stop.is_set()):
                            yield message
        except (BadRunFile, Failure) as why:
            yield refused(words, why)

    async def seek(mine: Kept, request: gr.Request, event: gr.EventData) -> Any:
        if mine.shown is None:
            return gr.skip()
        return await show(lab, request, mine, mine.shown, at=moment(event), number=mine.begin(Stop()))

    buttons.on([shown.play], play, [kept], shown)
    shown.release(seek, kept, shown, **QUIETLY)
    shown.pause(lambda mine: mine.halt(), kept, None, **QUIETLY)


async def show_last(lab: Lab, request: gr.Request, mine: Kept) -> Message:
    """The last run of another tab."""
    words, last = words_for(request), mine.last
    if last is None or last.path is None:
        return note(words("events_no_run"))
    method = last.meter.method if isinstance(last, Trace) else last.header.method
    said = "" if method == "astream_events" else words("events_other_run")
    if isinstance(last, Trace) and last.report is None:
        said = words("events_run_going")
    return await show(lab, request, mine, Shown(About(), last.path), remark=said)


async def show(
    lab: Lab,
    request: gr.Request,
    kept: Kept,
    of: Shown,
    *,
    at: float = math.inf,
    number: int | None = None,
    remark: str = "",
) -> Message:
    """Everything of a run file up to a moment at once, or a sentence about why that can't be.

    `number`: the view's, if it has begun. `remark`: what has to be said besides.
    """
    words = words_for(request)
    try:
        await look(lab, visitor_of(lab, request))
        run_file = await of.opened()
        events = Events()
        async with aclosing(replay(run_file, speed=math.inf, end=at)) as playing:
            async for frame in playing:
                events.feed(frame)
    except (BadRunFile, Failure) as why:
        return refused(words, why)
    kept.shown = replace(of, about=run_file.header, events=events)
    view = EventsView(words, number or kept.begin(Stop()), kept.shown, replayed=True)
    if run_file.damage is not None and not number:
        remark = bad_run_file(words, run_file.damage, events=events.log.last)
    return view.message(frame, going=frame.last and not remark, remark=remark, most=events.log.limit)


def moment(event: gr.EventData) -> float:
    """Seconds of the run, from what the page sent."""
    at = told(event, "at")
    return float(at) if isinstance(at, int | float) and math.isfinite(at) and at > 0 else 0.0
