"""`/chat` for programs: message -> accumulated text, the conversation kept for the client's session."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

import gradio as gr

from components.runs.ask import Ask
from components.runs.chat import frames
from components.runs.lab import Lab
from components.tabs.endpoint_fault import endpoint_error
from components.tabs.reply import Message, turns
from components.tabs.visitor import session_of, visitor_of, words_for


def draw(lab: Lab) -> None:
    """Add the endpoint to the current Blocks; nothing of it is to be seen on the page."""

    async def chat(
        message: str, history: list[Message], request: gr.Request
    ) -> AsyncIterator[tuple[str, Any]]:
        asker = visitor_of(lab, request)
        ask = Ask(message, turns(history), lab.first_choice(), "", lab.settings.method, asker)
        with lab.runs.begin(session_of(request)) as stopping:
            async with aclosing(frames(lab, ask, stopping)) as shown:
                async for frame in shown:
                    fault = frame.report.fault if frame.report else None
                    if fault is not None:
                        raise endpoint_error(words_for(request), fault, ask)
                    if frame.report is None:
                        if frame.text:  # that it waits is nothing for a program, and a frame costs the same
                            yield frame.text, gr.skip()
                        continue
                    asked = {"role": "user", "content": message}
                    yield frame.text, [*history, asked, {"role": "assistant", "content": frame.text}]

    message = gr.Textbox(label="message", visible=False)
    text = gr.Textbox(label="text", visible=False)
    history = gr.State([])
    # A string needs no postprocessing, which would cost a thread's turn for every frame.
    gr.Button(visible=False).click(
        chat, [message, history], [text, history], api_name="chat", postprocess=False
    )
