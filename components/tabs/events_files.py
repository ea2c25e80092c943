"""Run files on the Events tab: opened from a file or an example, and saved."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gradio as gr

from components.locale import DEFAULT, Words
from components.runs.lab import Lab
from components.streaming.events import examples
from components.streaming.trace import About
from components.tabs.events_kept import Kept, Shown
from components.tabs.events_replay import show
from components.tabs.events_view import Message
from components.tabs.wiring import QUIETLY, download


def draw(lab: Lab, i18n: gr.I18n, shown: gr.HTML, kept: gr.State) -> None:
    """Draw the section inside the current Blocks; `shown` is the log."""
    with gr.Accordion(i18n("events_files"), open=False, elem_id="events-files"):
        gr.Markdown(i18n("events_files_hint"), elem_classes="muted")
        with gr.Row(elem_id="events-examples"):
            shipped = [(path, gr.Button(_name(i18n, path), size="sm", scale=0)) for path in examples()]
        file = gr.File(
            label=i18n("events_open"),
            file_types=[".jsonl"],
            height=110,
            elem_id="events-file",
        )

    async def opened(path: str | None, mine: Kept, request: gr.Request) -> tuple[Message, None, Kept]:
        if path is None:
            return gr.skip(), None, mine
        own = mine.new_path("opened")
        await asyncio.to_thread(shutil.move, path, own)
        return await show(lab, request, mine, Shown(About(), own)), None, mine

    def example(path: Path) -> Callable[..., Any]:
        async def one(mine: Kept, request: gr.Request) -> tuple[Message, Kept]:
            return await show(lab, request, mine, Shown(About(), path)), mine

        return one

    async def save(mine: Kept) -> Any:
        return str(mine.shown.path) if mine.shown and mine.shown.path.is_file() else gr.skip()

    file.upload(opened, [file, kept], [shown, file, kept], **QUIETLY)
    for path, button in shipped:
        button.click(example(path), kept, [shown, kept], **QUIETLY)
    download(shown, save, kept, "events-saved")


def _name(i18n: gr.I18n, path: Path) -> Any:
    """An example's name in words: its file's, which begins with a number for the order."""
    name = path.stem.partition("-")[2]
    return i18n(f"events_example_{name}") if f"events_example_{name}" in Words(DEFAULT) else path.stem
