"""A link that plays a run, or a race, again wherever it is opened; and the way from a run to its events."""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import gradio as gr

from components.locale import Words
from components.runs.race import join
from components.streaming.trace import BadRunFile, open_run_file
from components.streaming.trace.link import LARGEST, link_to, text_in
from components.tabs.events_replay import show_last
from components.tabs.run_view import EXAMPLES, example, recorded
from components.tabs.session import Kept, Recorded, words_for
from components.tabs.view import Message, message, note, told
from components.tabs.wiring import QUIETLY, Page


def leads(page: Page, shown: gr.HTML, runs: Callable[[Kept, gr.EventData], Sequence[Recorded]]) -> None:
    """To a run's events, to an address that plays it, and to its file. `runs`: which of those `shown` an
    event means: one, or all of a race.
    """

    async def to_events(request: gr.Request, mine: Kept, event: gr.EventData) -> Message:
        mine.last = next(iter(runs(mine, event)), mine.last)
        return await show_last(request, mine)

    shares(page, shown, lambda mine, event: [run.path for run in runs(mine, event) if run.path])
    page.leads(shown.select, "events", to_events)


def shares(page: Page, shown: gr.HTML, paths: Callable[[Kept, gr.EventData], list[Path]]) -> None:
    """`shown` is given what a link to the run at `paths`, or to a race, holds; the browser, its file.

    It saves what a link is clicked for; the link is Gradio's own, which makes it when there is a file.
    """

    def save(mine: Kept, event: gr.EventData) -> Any:
        found = [path for path in paths(mine, event) if path.is_file()]
        if len(found) > 1:
            join(found, race := mine.new_path("a-race"))
            found = [race]
        return str(found[0]) if found else gr.skip()

    async def link(request: gr.Request, mine: Kept, event: gr.EventData) -> Message:
        made = await asyncio.to_thread(link_to, paths(mine, event))  # another server has none
        words, size = words_for(request), f"{made.size / 1000:.1f}"
        if not made.text:
            return message({"link": "", "told": words("link_large", size=size, limit=LARGEST // 1000)})
        return message({"link": made.text, "told": words("link_holds", size=size)})

    elem_id = f"{shown.elem_id}-saved"
    file = gr.DownloadButton(visible="hidden", elem_id=elem_id)
    click = f"() => setTimeout(() => document.querySelector('#{elem_id}')?.click(), 300)"
    shown.copy(page.looks(link), page.kept, shown, **QUIETLY)
    shown.download(save, page.kept, file, **QUIETLY).then(None, js=click, **QUIETLY)


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
