"""*This run*: what happened in the reply that grows, or in the last one; and a link that plays it again."""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import gradio as gr

from components.locale import Words
from components.runs.race import is_race
from components.runs.replay import look
from components.streaming import Failure, Trace
from components.streaming.trace import BadRunFile, RunFile, open_run_file, seen_by_page
from components.streaming.trace.link import LARGEST, link_to, text_in
from components.tabs import events_replay, json_tab
from components.tabs.code_panel import CodePanel
from components.tabs.run_view import EXAMPLES, before_any, example, recorded
from components.tabs.session import Kept, visitor_of, words_for
from components.tabs.view import Message, message, note, refused
from components.tabs.wiring import QUIETLY, Page, download, told, updates


def wire(page: Page, shown: gr.HTML, code: CodePanel) -> None:
    """Save leads to the run's file, JSON to its tab."""
    kept = page.kept

    async def seen(mine: Kept, event: gr.EventData) -> Message:
        # A stranger's: whatever it says, it is about their own run.
        by_page = seen_by_page(told(event, "frames"), told(event, "busy"))
        trace, view = mine.chats.get(str(told(event, "run")), (None, None))
        report = trace.seen(by_page) if trace and by_page else None
        return view.seen(by_page, report) if view and by_page and report else gr.skip()

    def choose(mine: Kept, event: gr.EventData) -> None:
        mine.chat, _ = mine.chats.get(str(told(event, "run")), (None, None))

    async def to_json(mine: Kept, request: gr.Request) -> Message:
        return await json_tab.of_run(page.lab, request, mine)

    leads(page, shown, lambda mine, _: mine.chat)
    shown.expand(**code.opens)
    shown.collapse(**code.closes)
    opens_link(page, shown)
    shown.focus(choose, kept, None, **QUIETLY)
    shown.end(seen, kept, shown, **QUIETLY)
    download(shown, lambda mine: mine.chat and mine.chat.path, kept, "run-saved")
    shown.apply(to_json, kept, page.json, **QUIETLY)
    shown.apply(None, None, page.tabs, js=updates([{"selected": "json"}]), **QUIETLY)
    page.translate(shown, before_any)


def leads(page: Page, shown: gr.HTML, run: Callable[[Kept, gr.EventData], Trace | RunFile | None]) -> None:
    """To a run's events, and to an address that plays it. `run`: which of those `shown` an event means; where
    it means none, the address is that of the race.
    """

    def paths(mine: Kept, event: gr.EventData) -> Sequence[Path]:
        found = run(mine, event)
        return [found.path] if found and found.path else mine.race

    async def to_events(mine: Kept, request: gr.Request, event: gr.EventData) -> Message:
        mine.last = run(mine, event) or mine.last
        return await events_replay.show_last(page.lab, request, mine)

    makes_link(page, shown, paths)
    shown.select(to_events, page.kept, page.events, **QUIETLY)
    shown.select(None, None, page.tabs, js=updates([{"selected": "events"}]), **QUIETLY)


def makes_link(page: Page, shown: gr.HTML, paths: Callable[[Kept, gr.EventData], Sequence[Path]]) -> None:
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


def opens_link(page: Page, shown: gr.HTML) -> None:
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
