"""`/events` for programs: prompt and chain -> new rows, as the log shows them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing

import gradio as gr

from components.chains.registry import CHAINS
from components.runs.ask import Ask
from components.runs.events import frames
from components.runs.lab import Lab
from components.streaming import Trace
from components.streaming.events import Events, Row
from components.tabs.endpoint_fault import endpoint_error
from components.tabs.visitor import session_of, visitor_of, words_for


def draw(lab: Lab) -> None:
    """Add the endpoint to the current Blocks; nothing of it is to be seen on the page."""

    async def ask(prompt: str, chain: str, request: gr.Request) -> AsyncIterator[list[Row]]:
        words = words_for(request)
        if chain not in CHAINS:
            raise gr.Error(words("events_no_chain", names=", ".join(CHAINS)), print_exception=False)
        given = Ask(prompt, [], lab.first_choice(), "", "astream_events", visitor_of(lab, request))
        events = Events()
        with lab.runs.begin(session_of(request)) as stopping:
            async with aclosing(frames(lab, given, chain, Trace(), stopping)) as running:
                async for frame in running:
                    report = frame.report
                    if report is not None and report.fault is not None and not report.attempts:
                        raise endpoint_error(words, report.fault, given)
                    events.feed(frame)
                    while rows := events.rows():
                        yield rows
        # Gradio sends what was yielded last once more.
        yield []

    prompt = gr.Textbox(label="prompt", visible=False)
    chain = gr.Textbox("chat", label="chain", visible=False)
    rows = gr.JSON(label="rows", visible=False)
    gr.Button(visible=False).click(ask, [prompt, chain], rows, api_name="events")
