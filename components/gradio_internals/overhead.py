"""The work that Gradio does beside running events: less of it.

Its queue looks for something to do a thousand times a second, with nobody there: 6.5 % of a processor. A
hundred times takes 1.5 %, and a message waits 10 ms at most. At the end of each event it goes with pandas, in
a thread, through the figures of the last 10,000, for a page of them that isn't served: 1 ms of CPU on a new
server, 9 ms on one that has run for a while, and 2 MB of records.

Twice for every value of a generator it looks for matplotlib, to set a backend for as long as a function runs.
Python looks for a package that is missing in every folder of its path, each time anew: a tenth of the
server's CPU with fifty readers. Without this nothing else is lost.
"""

import sys
from importlib.util import find_spec
from typing import Final

import gradio as gr

# Seconds between two looks for an event, and for progress, of which we tell none.
EVENTS: Final = 0.01
PROGRESS: Final = 0.1


def avoid(page: gr.Blocks) -> None:
    """Call it when the page has its queue."""
    queue = page._queue
    queue.sleep_when_free = EVENTS
    queue.progress_update_sleep_when_free = PROGRESS
    queue.ANALYTICS_MAX_EVENTS = 1
    queue.ANAYLTICS_CACHE_FREQUENCY = sys.maxsize
    # What `sys.modules` has as None is not looked for: the import fails as it would have.
    if find_spec("matplotlib") is None:
        sys.modules["matplotlib"] = None  # type: ignore[assignment]
