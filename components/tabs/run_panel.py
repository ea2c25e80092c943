"""*This run*: what happened in the reply that grows, or in the last one, beside the conversation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gradio as gr
from gradio.events import Dependency

from components.runs.lab import Lab
from components.streaming.trace import seen_by_page
from components.tabs import run_link
from components.tabs.code_panel import CodePanel
from components.tabs.events_kept import Kept
from components.tabs.run_view import Message, labels
from components.tabs.visitor import words_for
from components.tabs.wiring import QUIETLY, download, static, told, updates

SCRIPTS = (
    "element.js",
    "axis.js",
    "run_lanes.js",
    "run_link.js",
    "run_story.js",
    "run_text.js",
    "run_way.js",
    "run.js",
)
# As soon as it is there: Gradio draws a tab when it is first shown.
CLICK = """() => {
  const look = () => {
    const button = document.querySelector("#%s");
    if (button) button.click();
    else requestAnimationFrame(look);
  };
  look();
}"""


def panel() -> gr.HTML:
    """Not drawn yet."""
    return gr.HTML(
        html_template=static("run.html"),
        js_on_load=static(*SCRIPTS),
        apply_default_css=False,
        padding=False,
        elem_id="run",
        render=False,
    )


def wire(lab: Lab, page: gr.Blocks, tabs: gr.Tabs, shown: gr.HTML, code: CodePanel, kept: gr.State) -> None:
    """Save leads to the run's file, Events and JSON to their tabs, Link to an address."""

    async def save(mine: Kept) -> Any:
        return str(mine.chat.path) if mine.chat and mine.chat.path and mine.chat.path.is_file() else gr.skip()

    def in_language(request: gr.Request) -> Message:
        return labels(words_for(request))

    async def seen(mine: Kept, event: gr.EventData) -> Message:
        # A stranger's: whatever it says, it is about their own run.
        by_page = seen_by_page(told(event, "frames"), told(event, "busy"))
        trace, view = mine.chats.get(str(told(event, "run")), (None, None))
        report = trace.seen(by_page) if trace and by_page else None
        return view.seen(by_page, report) if view and by_page and report else gr.skip()

    def choose(mine: Kept, event: gr.EventData) -> Kept:
        mine.chat, _ = mine.chats.get(str(told(event, "run")), (None, None))
        return mine

    def this_is_last(mine: Kept) -> Kept:
        mine.last = mine.chat or mine.last
        return mine

    run_link.makes(lab, shown, kept, lambda mine, _: mine.chat.path if mine.chat else None)
    to_chat = updates([{"selected": "chat"}])
    run_link.opens(lab, shown).then(None, None, tabs, js=to_chat, **QUIETLY)
    code.opens(shown.expand)
    code.closes(shown.collapse)
    shown.focus(choose, kept, kept, **QUIETLY)
    shown.end(seen, kept, shown, **QUIETLY)
    download(shown, save, kept, "run-saved")
    this = shown.select(this_is_last, kept, kept, **QUIETLY)
    leads(this.then, tabs, "events", "events-last-run")
    leads(shown.apply, tabs, "json", "json-of-run")
    page.load(in_language, None, shown, **QUIETLY)


def leads(by: Callable[..., Dependency], tabs: gr.Tabs, tab: str, button: str) -> None:
    """To a tab, and there to a button that shows the run."""
    by(None, None, tabs, js=updates([{"selected": tab}]), **QUIETLY).then(None, js=CLICK % button, **QUIETLY)
