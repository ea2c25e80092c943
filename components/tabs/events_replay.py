"""A run from its file: played again, all of it at once, or as it stood at a moment."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from typing import Any, Final

import gradio as gr

from components.locale.report import bad_run_file
from components.runs.lab import Lab
from components.runs.replay import frames, look
from components.streaming import Failure, Stop
from components.streaming.events import Events
from components.streaming.trace import BadRunFile, replay
from components.tabs.events_kept import Kept, Shown
from components.tabs.events_view import EventsView, Message, refused
from components.tabs.visitor import session_of, visitor_of, words_for
from components.tabs.wiring import QUIETLY, now, ready_after, told

SPEEDS: Final = {"1": 1.0, "4": 4.0, "all": math.inf}


def wire(lab: Lab, shown: gr.HTML, kept: gr.State, buttons: list[gr.Button], began: gr.State) -> None:
    """`shown` plays, pauses and moves to a moment; `buttons` are Run and Stop, `began` is their signal."""

    async def play(
        mine: Kept, request: gr.Request, event: gr.EventData
    ) -> AsyncIterator[tuple[Message, Any, Any]]:
        if mine.shown is None:
            return
        words = words_for(request)
        try:
            run_file = await mine.shown.opened()
            mine.shown = replace(mine.shown, about=run_file.header, events=Events())
            speed = SPEEDS.get(str(told(event, "speed")), 1.0)
            changed: tuple[Any, Any] = mine, now()
            with lab.runs.begin(session_of(request)) as stop:
                view = EventsView(words, mine.begin(stop), mine.shown, replayed=True)
                visitor, start = visitor_of(lab, request), moment(event)
                playing = frames(lab, run_file, visitor, speed=speed, start=start, stop=stop)
                async with aclosing(playing) as given:
                    async for frame in given:
                        for message in view.messages(frame, going=not stop.is_set()):
                            yield message, *changed
                            changed = gr.skip(), gr.skip()
        except (BadRunFile, Failure) as why:
            yield refused(words, why), mine, gr.skip()

    async def seek(mine: Kept, request: gr.Request, event: gr.EventData) -> tuple[Message, Kept]:
        if mine.shown is None:
            return gr.skip(), mine
        number = mine.begin(Stop())
        return await show(lab, request, mine, mine.shown, at=moment(event), number=number), mine

    played = shown.play(play, kept, [shown, kept, began], api_visibility="private", show_progress="hidden")
    ready_after(played, buttons)
    shown.release(seek, kept, [shown, kept], **QUIETLY)
    shown.pause(lambda mine: mine.halt(), kept, None, **QUIETLY)


async def show(
    lab: Lab,
    request: gr.Request,
    kept: Kept,
    of: Shown,
    *,
    at: float = math.inf,
    number: int | None = None,
    note: str = "",
) -> Message:
    """Everything of a run file up to a moment at once, or a sentence about why that can't be.

    `number`: the view's, if it has begun. `note`: what has to be said besides.
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
        note = bad_run_file(words, run_file.damage, events=events.log.last)
    return view.message(frame, going=frame.last and not note, note=note, most=events.log.limit)


def moment(event: gr.EventData) -> float:
    """Seconds of the run, from what the page sent."""
    at = told(event, "at")
    return float(at) if isinstance(at, int | float) and math.isfinite(at) and at > 0 else 0.0
