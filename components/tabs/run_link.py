"""A link that plays a run, or a race, again wherever it is opened; and the way from a run to its events."""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import gradio as gr

from components.locale import Words
from components.streaming import Trace
from components.streaming.trace import BadRunFile, RunFile, open_run_file
from components.streaming.trace.link import LARGEST, link_to, text_in
from components.tabs.events_replay import show_last
from components.tabs.run_view import EXAMPLES, example, recorded
from components.tabs.session import Kept, words_for
from components.tabs.view import Message, message, note, told
from components.tabs.wiring import QUIETLY, Page


def leads(page: Page, shown: gr.HTML, run: Callable[[Kept, gr.EventData], Trace | RunFile | None]) -> None:
    """To a run's events, and to an address that plays it. `run`: which of those `shown` an event means; where
    it means none, the address is that of the race.
    """

    def paths(mine: Kept, event: gr.EventData) -> Sequence[Path]:
        found = run(mine, event)
        return [found.path] if found and found.path else mine.race

    async def to_events(request: gr.Request, mine: Kept, event: gr.EventData) -> Message:
        mine.last = run(mine, event) or mine.last
        return await show_last(request, mine)

    makes_link(page, shown, paths)
    page.leads(shown.select, "events", to_events)


def makes_link(page: Page, shown: gr.HTML, paths: Callable[[Kept, gr.EventData], Sequence[Path]]) -> None:
    """`shown` is given what a link to the run at `paths` holds, or to the race."""

    async def link(request: gr.Request, mine: Kept, event: gr.EventData) -> Message:
        made = await asyncio.to_thread(link_to, paths(mine, event))  # another server has none
        words, size = words_for(request), f"{made.size / 1000:.1f}"
        if not made.text:
            return message({"link": "", "told": words("link_large", size=size, limit=LARGEST // 1000)})
        return message({"link": made.text, "told": words("link_holds", size=size)})

    shown.copy(page.looks(link), page.kept, shown, **QUIETLY)


def opens_link(page: Page, shown: gr.HTML) -> None:
    """`shown` is given the run in the page's address, or an example that is chosen; the Race tab a race."""
    chat, race = gr.update(selected="chat"), gr.update(selected="race")

    async def opened(request: gr.Request, mine: Kept, event: gr.EventData) -> tuple[Message, Message, Any]:
        words, name = words_for(request), told(event, "example")
        if name in EXAMPLES:
            run: dict[str, Any] | None = await asyncio.to_thread(example, words.language, name)
        else:
            run = await asyncio.to_thread(_recorded, words, mine, str(told(event, "fragment")))
        if run is None:
            return note(""), message({"play": True}), race
        return message({"recorded": run}), gr.skip(), chat

    looked = page.looks(opened, gr.skip(), chat)
    shown.submit(looked, page.kept, [shown, page.race, page.tabs], **QUIETLY)


def _recorded(words: Words, mine: Kept, fragment: str) -> dict[str, Any] | None:
    """The run in a fragment; None of a race, which is kept.

    Raises BadRunFile: it can't be played, or not to its end.
    """
    with TemporaryDirectory(prefix="streaming-lab-") as folder:
        path = Path(folder, "link.jsonl")
        path.write_bytes(text_in(fragment))
        try:
            run_file = open_run_file(path)
            if run_file.damage is not None and run_file.damage.kind == "several":
                mine.open_race(path)
                return None
        except BadRunFile as bad:
            raise bad if bad.kind == "newer" else BadRunFile("link_damaged") from None
        if run_file.damage is not None:
            raise BadRunFile("link_damaged")
        size = f"{len(fragment) * 3 / 4000:.1f}"
        return {**recorded(words, run_file), "told": words("link_holds", size=size)}
