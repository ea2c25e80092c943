"""Run files on the Events tab, and streams that were captured: opened, pasted, and saved."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import gradio as gr

from components.locale import DEFAULT, Words
from components.runs import captured as captures
from components.runs.replay import look
from components.streaming import Failure
from components.streaming.events import examples
from components.streaming.trace import About, BadRunFile, is_run_file
from components.tabs.events_kept import Kept, Shown
from components.tabs.events_replay import show
from components.tabs.session import Page, visitor_of, words_for
from components.tabs.view import Message, refused
from components.tabs.wiring import QUIETLY, download


def draw(page: Page) -> None:
    """Draw the section inside the current Blocks."""
    lab, i18n, shown, kept = page.lab, page.i18n, page.events, page.kept
    with gr.Accordion(i18n("events_files"), open=False, elem_id="events-files"):
        gr.Markdown(i18n("events_files_hint"), elem_classes="muted")
        with gr.Row(elem_id="events-examples"):
            shipped = [(path, gr.Button(_name(i18n, path), size="sm", scale=0)) for path in examples()]
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

    async def opened(path: str | None, mine: Kept, request: gr.Request) -> tuple[Message, None]:
        if path is None:
            return gr.skip(), None
        own = mine.new_path("opened")
        await asyncio.to_thread(shutil.move, path, own)
        if await asyncio.to_thread(is_run_file, own):
            return await show(lab, request, mine, Shown(About(), own)), None
        return await captured(partial(captures.capture_in, own), mine, request), None

    async def captured(read: Callable[[], captures.Capture], mine: Kept, request: gr.Request) -> Message:
        visitor = visitor_of(lab, request)
        try:
            await look(lab, visitor)
            capture = await asyncio.to_thread(read)
            own = mine.new_path("pasted")  # what was dropped may have keys in it: it is let go
            await captures.play(lab, capture, visitor, own)
        except (BadRunFile, Failure) as why:
            return refused(words_for(request), why)
        return await show(lab, request, mine, Shown(About(), own))

    async def pasted(text: str, mine: Kept, request: gr.Request) -> Message:
        return await captured(partial(captures.capture_of, text.encode("utf-8", "replace")), mine, request)

    def example(path: Path) -> Callable[..., Any]:
        async def one(mine: Kept, request: gr.Request) -> Message:
            return await show(lab, request, mine, Shown(About(), path))

        return one

    async def save(mine: Kept) -> Any:
        return str(mine.shown.path) if mine.shown and mine.shown.path.is_file() else gr.skip()

    file.upload(opened, [file, kept], [shown, file], **QUIETLY)
    play.click(pasted, [stream, kept], shown, **QUIETLY)
    for path, one in shipped:
        one.click(example(path), kept, shown, **QUIETLY)
    download(shown, save, kept, "events-saved")


def _name(i18n: gr.I18n, path: Path) -> Any:
    """An example's name in words: its file's, which begins with a number for the order."""
    name = path.stem.partition("-")[2]
    return i18n(f"events_example_{name}") if f"events_example_{name}" in Words(DEFAULT) else path.stem
