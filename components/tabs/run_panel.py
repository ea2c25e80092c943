"""*This run*: what happened in the reply that grows, or in the last one, beside the conversation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import gradio as gr

from components.streaming import Trace
from components.streaming.trace import RunFile, seen_by_page
from components.tabs import events_replay, json_tab, run_link
from components.tabs.code_panel import CodePanel
from components.tabs.run_view import before_any
from components.tabs.session import Kept, words_for
from components.tabs.view import Message
from components.tabs.wiring import QUIETLY, Page, component, download, told, updates


def panel() -> gr.HTML:
    """Not drawn yet."""
    return component("run", "axis", "run_lanes", "run_link", "run_story", "run_text", "run_way", render=False)


def wire(page: Page, shown: gr.HTML, code: CodePanel) -> None:
    """Save leads to the run's file, JSON to its tab."""
    kept = page.kept

    async def save(mine: Kept) -> Any:
        return str(mine.chat.path) if mine.chat and mine.chat.path and mine.chat.path.is_file() else gr.skip()

    def at_first(request: gr.Request) -> Message:
        return before_any(words_for(request))

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
    code.opens(shown.expand)
    code.closes(shown.collapse)
    run_link.opens(page, shown)
    shown.focus(choose, kept, None, **QUIETLY)
    shown.end(seen, kept, shown, **QUIETLY)
    download(shown, save, kept, "run-saved")
    shown.apply(to_json, kept, page.json, **QUIETLY)
    shown.apply(None, None, page.tabs, js=updates([{"selected": "json"}]), **QUIETLY)
    page.blocks.load(at_first, None, shown, **QUIETLY)


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

    run_link.makes(page, shown, paths)
    shown.select(to_events, page.kept, page.events, **QUIETLY)
    shown.select(None, None, page.tabs, js=updates([{"selected": "events"}]), **QUIETLY)
