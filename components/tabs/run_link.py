"""A link that plays a run again: made of the run that is shown, and read for whoever opens it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import gradio as gr
from gradio.events import Dependency

from components.locale import Words
from components.runs.lab import Lab
from components.runs.replay import look
from components.streaming import Failure
from components.streaming.trace import BadRunFile, open_run_file
from components.streaming.trace.link import LARGEST, link_to, text_in
from components.tabs.events_kept import Kept
from components.tabs.run_view import EXAMPLES, example, recorded
from components.tabs.session import Page, visitor_of, words_for
from components.tabs.view import Message, message, refused
from components.tabs.wiring import QUIETLY, told


def makes(page: Page, shown: gr.HTML, path: Callable[[Kept, gr.EventData], Path | None]) -> None:
    """`shown` is given what a link to its run holds; the run's file is at `path`."""

    async def link(mine: Kept, request: gr.Request, event: gr.EventData) -> Message:
        words = words_for(request)
        try:
            await look(page.lab, visitor_of(page.lab, request))
            made = await asyncio.to_thread(link_to, path(mine, event) or Path())  # another server has none
        except (BadRunFile, Failure) as why:
            return refused(words, why)
        size = f"{made.size / 1000:.1f}"
        if not made.text:
            return message({"link": "", "told": words("link_large", size=size, limit=LARGEST // 1000)})
        return message({"link": made.text, "told": words("link_holds", size=size)})

    shown.copy(link, page.kept, shown, **QUIETLY)


def opens(lab: Lab, shown: gr.HTML) -> Dependency:
    """`shown` is given the run in the page's address, or an example that is chosen."""

    async def opened(request: gr.Request, event: gr.EventData) -> Message:
        words = words_for(request)
        try:
            await look(lab, visitor_of(lab, request))
            if (name := told(event, "example")) in EXAMPLES:
                return message({"recorded": await asyncio.to_thread(example, words.language, name)})
            return message(
                {"recorded": await asyncio.to_thread(_recorded, words, str(told(event, "fragment")))}
            )
        except (BadRunFile, Failure) as why:
            return refused(words, why)

    return shown.submit(opened, None, shown, **QUIETLY)


def _recorded(words: Words, fragment: str) -> dict[str, Any]:
    """
    Raises:
        BadRunFile: it can't be played, or not to its end.
    """
    with TemporaryDirectory(prefix="streaming-lab-") as folder:
        path = Path(folder, "link.jsonl")
        path.write_bytes(text_in(fragment))
        try:
            run_file = open_run_file(path)
        except BadRunFile as bad:
            raise bad if bad.kind == "newer" else BadRunFile("link_damaged") from None
        if run_file.damage is not None:
            raise BadRunFile("link_damaged")
        size = f"{len(fragment) * 3 / 4000:.1f}"
        return {**recorded(words, run_file), "told": words("link_holds", size=size)}
