"""What each lane of a race has buttons for: to end it, and its events, its code and a link to it."""

from __future__ import annotations

from pathlib import Path

import gradio as gr

from components.runs.lab import Lab
from components.streaming import Trace
from components.streaming.trace import RunFile
from components.tabs import run_link
from components.tabs.code_panel import CodePanel
from components.tabs.events_kept import Kept
from components.tabs.run_panel import leads
from components.tabs.wiring import QUIETLY, told

# Under the race it may be out of sight; Gradio draws it when it is first shown.
SEE_CODE = """() => {
  const look = () => {
    const source = document.querySelector("#code-lane .cm-content");
    if (source?.offsetHeight) document.querySelector("#code-lane").scrollIntoView({ block: "nearest" });
    else requestAnimationFrame(look);
  };
  look();
}"""


def wire(lab: Lab, shown: gr.HTML, kept: gr.State, code: CodePanel, tabs: gr.Tabs) -> None:
    def stop(mine: Kept, event: gr.EventData) -> None:
        number = told(event, "lane")
        if isinstance(number, int) and 0 <= number < len(mine.lane_stops):
            mine.lane_stops[number].set()

    def this_is_last(mine: Kept, event: gr.EventData) -> Kept:
        mine.last = _lane(mine, event) or mine.last
        return mine

    def choose(mine: Kept, event: gr.EventData) -> Kept:
        lane = _lane(mine, event)
        mine.lane = lane if isinstance(lane, Trace) else None
        return mine

    def path(mine: Kept, event: gr.EventData) -> Path | None:
        lane = _lane(mine, event)
        return lane.path if lane else None

    shown.stop(stop, kept, None, **QUIETLY)
    leads(shown.select(this_is_last, kept, kept, **QUIETLY).then, tabs, "events", "events-last-run")
    [opened] = code.opens(shown.expand(choose, kept, kept, **QUIETLY).then)
    opened.then(None, js=SEE_CODE, **QUIETLY)
    code.closes(shown.collapse)
    run_link.makes(lab, shown, kept, path)


def _lane(mine: Kept, event: gr.EventData) -> Trace | RunFile | None:
    number = told(event, "lane")
    return mine.lanes[number] if isinstance(number, int) and 0 <= number < len(mine.lanes) else None
