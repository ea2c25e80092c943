"""The pause between two looks of Gradio's queue for something to do.

Gradio looks a thousand times a second, with nobody there: 6.5 % of a processor. A hundred times takes 1.5
%, and a message waits 10 ms at most. Without this nothing else is lost.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import gradio as gr

# Seconds between two looks for an event, and for progress, of which we tell none.
EVENTS: Final = 0.01
PROGRESS: Final = 0.1


def look_less_often(page: gr.Blocks) -> None:
    """Call it when the page has its queue."""
    page._queue.sleep_when_free = EVENTS
    page._queue.progress_update_sleep_when_free = PROGRESS
