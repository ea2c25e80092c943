"""A run played again from its file, and from any moment of it."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from typing import Any, Final

import gradio as gr

from components.runs.lab import Lab
from components.runs.replay import frames, look
from components.streaming import Failure, Stop
from components.streaming.events import View as Events
from components.streaming.events import state_at
from components.streaming.trace import BadRunFile
from components.tabs.events_kept import Kept
from components.tabs.events_view import Message, View, refused
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
            events = Events()
            mine.shown = replace(mine.shown, log=events.log)
            speed = SPEEDS.get(str(told(event, "speed")), 1.0)
            changed: tuple[Any, Any] = mine, now()
            with lab.runs.begin(session_of(request)) as stopping:
                view = View(words, mine.begin(stopping), mine.shown, replayed=True, seconds=run_file.seconds)
                playing = frames(
                    lab,
                    run_file,
                    visitor_of(lab, request),
                    speed=speed,
                    start=moment(event),
                    stop=stopping,
                    view=events,
                )
                async with aclosing(playing) as given:
                    async for frame in given:
                        yield view.message(frame, going=not stopping.is_set()), *changed
                        changed = gr.skip(), gr.skip()
        except (BadRunFile, Failure) as why:
            yield refused(words, why), mine, gr.skip()

    async def seek(mine: Kept, request: gr.Request, event: gr.EventData) -> tuple[Message, Kept]:
        if mine.shown is None:
            return gr.skip(), mine
        words = words_for(request)
        number = mine.begin(Stop())
        try:
            await look(lab, visitor_of(lab, request))
            run_file = await mine.shown.opened()
            events = Events()
            frame = await asyncio.to_thread(state_at, run_file, moment(event), events)
        except (BadRunFile, Failure) as why:
            return refused(words, why), mine
        mine.shown = replace(mine.shown, log=events.log)
        view = View(words, number, mine.shown, replayed=True, seconds=run_file.seconds)
        return view.message(frame, going=frame.last), mine

    played = shown.play(play, kept, [shown, kept, began], api_visibility="private", show_progress="hidden")
    ready_after(played, buttons)
    shown.release(seek, kept, [shown, kept], **QUIETLY)
    shown.pause(lambda mine: mine.halt(), kept, None, **QUIETLY)


def moment(event: gr.EventData) -> float:
    """Seconds of the run, from what the page sent."""
    at = told(event, "at")
    return float(at) if isinstance(at, int | float) and math.isfinite(at) and at > 0 else 0.0
