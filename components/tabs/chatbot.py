"""Gradio's chat interface as the Chat tab has it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gradio as gr
from gradio.components import Component

from components.gradio_internals.conversation import Conversation
from components.locale import DEFAULT, Words
from components.tabs.markup import DELIMITERS
from components.tabs.reply import Chatbot

EXAMPLES = ("example_1", "example_2", "example_3")


def conversation(
    reply: Callable[..., Any], i18n: gr.I18n, *, inputs: list[str | Component], outputs: list[Component]
) -> Conversation:
    """Draw it inside the current Blocks; `inputs` and `outputs` are those of `reply` beside its messages."""
    return Conversation(
        reply,
        chatbot=Chatbot(
            elem_id="chat",
            label=i18n("conversation"),
            show_label=False,  # it would float over the text
            placeholder=str(i18n("chat_empty")),
            height="calc(100dvh - 22rem)",
            min_height=260,
            buttons=["copy"],
            latex_delimiters=DELIMITERS,
            autoscroll=False,  # the page follows by itself: Gradio pulls a reader who goes up back to the end
        ),
        textbox=gr.Textbox(
            elem_id="message",
            placeholder=i18n("message_placeholder"),
            label=i18n("message"),
            show_label=False,
            submit_btn=str(i18n("send")),
            stop_btn=False,
            max_lines=8,
            scale=7,
        ),
        additional_inputs=inputs,
        additional_inputs_accordion=gr.Accordion(i18n("settings"), open=False, render=False),
        additional_outputs=outputs,
        # In English until the page is open: Gradio doesn't translate examples.
        examples=[[Words(DEFAULT)(key)] for key in EXAMPLES],
        editable=True,
        # Its Stop cancels the generator, which could then not say what was stopped; the tab has its own.
        stop_btn=False,
        cache_examples=False,
        show_progress="hidden",
        flagging_mode="never",
        api_visibility="private",
    )
