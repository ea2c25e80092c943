"""Gradio's conversation and its chat interface, in which everything is shown as it was said."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gradio as gr
from gradio.components import Component

from components.gradio_internals.conversation import Conversation
from components.gradio_internals.quick_import import without_stubs
from components.locale import DEFAULT, Words
from components.tabs.markup import DELIMITERS, markup, verbatim

with without_stubs(__name__):

    class Chatbot(gr.Chatbot):
        """Draws what was said on its way to the page; on its way back the page gives what it was drawn from.

        Messages with an id of their own are the app's: they are drawn as they are.
        """

        is_template = True  # the page knows it by its parent's name

        def postprocess(self, value: Any) -> Any:
            return super().postprocess([_drawn(said) for said in value or ()])

        def preprocess(self, payload: Any) -> Any:
            messages = super().preprocess(payload)
            for said in messages:
                if (metadata := said.get("metadata")) and "log" in metadata:
                    said["content"] = [{"type": "text", "text": metadata["log"]}]
                    said["metadata"] = {}
            return messages


def _drawn(said: Any) -> Any:
    """With the text as it was said in `log`, which a page shows of messages with a title alone."""
    if not isinstance(said, dict) or said.get("metadata"):
        return said
    text = text_of(said["content"])
    drawn = verbatim(text) if said["role"] == "user" else markup(text)
    content = [{"type": "text", "text": drawn}]
    return {"role": said["role"], "content": content, "metadata": {"log": text}}


def text_of(content: Any) -> str:
    """Gradio has a message's content as a string or as a list of parts."""
    if isinstance(content, str):
        return content
    return "".join(part if isinstance(part, str) else part.get("text", "") for part in content)


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
