"""A link that plays a run or a race again: made of what is shown, and read for whoever opens it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import gradio as gr

from components.locale import Words
from components.runs.race import is_race
from components.runs.replay import look
from components.streaming import Failure
from components.streaming.trace import BadRunFile, open_run_file
from components.streaming.trace.link import LARGEST, link_to, text_in
from components.tabs.run_view import EXAMPLES, example, recorded
from components.tabs.session import Kept, visitor_of, words_for
from components.tabs.view import Message, message, note, refused
from components.tabs.wiring import QUIETLY, Page, told


def makes(page: Page, shown: gr.HTML, paths: Callable[[Kept, gr.EventData], Sequence[Path]]) -> None:
    """`shown` is given what a link to the run at `paths` holds, or to the race."""

    async def link(mine: Kept, request: gr.Request, event: gr.EventData) -> Message:
        words = words_for(request)
        try:
            await look(page.lab, visitor_of(page.lab, request))
            made = await asyncio.to_thread(link_to, paths(mine, event))  # another server has none
        except (BadRunFile, Failure) as why:
            return refused(words, why)
        size = f"{made.size / 1000:.1f}"
        if not made.text:
            return message({"link": "", "told": words("link_large", size=size, limit=LARGEST // 1000)})
        return message({"link": made.text, "told": words("link_holds", size=size)})

    shown.copy(link, page.kept, shown, **QUIETLY)


def opens(page: Page, shown: gr.HTML) -> None:
    """`shown` is given the run in the page's address, or an example that is chosen; the Race tab a race."""
    chat, race = gr.update(selected="chat"), gr.update(selected="race")

    async def opened(mine: Kept, request: gr.Request, event: gr.EventData) -> tuple[Message, Message, Any]:
        words = words_for(request)
        try:
            await look(page.lab, visitor_of(page.lab, request))
            run: dict[str, Any] | None
            if (name := told(event, "example")) in EXAMPLES:
                run = await asyncio.to_thread(example, words.language, name)
            else:
                run = await asyncio.to_thread(_recorded, words, mine, str(told(event, "fragment")))
        except (BadRunFile, Failure) as why:
            return refused(words, why), gr.skip(), chat
        if run is None:
            return note(""), message({"play": True}), race
        return message({"recorded": run}), gr.skip(), chat

    shown.submit(opened, page.kept, [shown, page.race, page.tabs], **QUIETLY)


def _recorded(words: Words, mine: Kept, fragment: str) -> dict[str, Any] | None:
    """The run in a fragment; None of a race, which is kept.

    Raises:
        BadRunFile: it can't be played, or not to its end.
    """
    with TemporaryDirectory(prefix="streaming-lab-") as folder:
        path = Path(folder, "link.jsonl")
        path.write_bytes(text_in(fragment))
        try:
            if is_race(path):
                mine.open_race(path)
                return None
            run_file = open_run_file(path)
        except BadRunFile as bad:
            raise bad if bad.kind == "newer" else BadRunFile("link_damaged") from None
        if run_file.damage is not None:
            raise BadRunFile("link_damaged")
        size = f"{len(fragment) * 3 / 4000:.1f}"
        return {**recorded(words, run_file), "told": words("link_holds", size=size)}
