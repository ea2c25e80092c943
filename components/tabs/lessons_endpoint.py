"""`/lesson` for programs: a lesson's name or number -> its output so far, a line with its time for each."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing

import gradio as gr

from components.lessons import find
from components.locale.lesson import plain
from components.runs.lab import Lab
from components.runs.lesson import ask_for, frames
from components.streaming.text import sendable
from components.tabs.endpoint_fault import endpoint_error
from components.tabs.visitor import session_of, visitor_of, words_for


def draw(lab: Lab) -> None:
    """Add the endpoint to the current Blocks; nothing of it is to be seen on the page."""

    async def run(name: str, request: gr.Request) -> AsyncIterator[str]:
        words = words_for(request)
        lesson = find(name)
        if lesson is None:
            raise gr.Error(words("lesson_unknown", name=sendable(name)), print_exception=False)
        ask = ask_for(lab, lesson, lesson.prompt, lab.first_choice(), visitor_of(lab, request))
        output, known = "", 0
        with lab.runs.begin(session_of(request)) as stopping:
            async with aclosing(frames(lab, lesson, ask, stopping)) as shown:
                async for frame in shown:
                    output += "".join(map(plain, frame.lines[known:]))
                    known = len(frame.lines)
                    if frame.report and frame.report.fault:
                        raise endpoint_error(words, frame.report.fault, ask)
                    yield output

    name = gr.Textbox(label="name", visible=False)
    output = gr.Textbox(label="output", visible=False)
    gr.Button(visible=False).click(run, name, output, api_name="lesson")
