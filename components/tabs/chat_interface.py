"""The conversation, the message box, and the list of what the browser keeps."""

from __future__ import annotations

from dataclasses import dataclass

import gradio as gr

from components.locale import DEFAULT, Words

EXAMPLES = ("example_1", "example_2", "example_3")


@dataclass(frozen=True, slots=True)
class Conversation:
    shown: gr.Chatbot
    message: gr.Textbox
    new: gr.Button
    past: gr.Dataset


def conversation(i18n: gr.I18n) -> Conversation:
    """Draw it inside the current Blocks."""
    with gr.Row():
        with gr.Column(scale=1, min_width=100):
            new = gr.Button(i18n("new_chat"), variant="primary", size="md")
            past = gr.Dataset(
                components=[gr.Textbox(visible=False)], show_label=False, layout="table", type="index"
            )
            gr.Markdown(i18n("not_kept"), elem_id="not-kept", elem_classes="on-demand muted")
            gr.Markdown(i18n("let_go"), elem_id="let-go", elem_classes="on-demand muted")
        with gr.Column(scale=6):
            shown = gr.Chatbot(
                elem_id="chat",
                label=i18n("conversation"),
                show_label=False,  # it would float over the text
                placeholder=str(i18n("chat_empty")),
                height="calc(100dvh - 24rem)",
                min_height=260,
                buttons=["copy", "copy_all"],
                editable="user",
                # In English until the page is open: Gradio doesn't translate examples.
                examples=[{"text": Words(DEFAULT)(key)} for key in EXAMPLES],
            )
            message = gr.Textbox(
                elem_id="message",
                placeholder=i18n("message_placeholder"),
                label=i18n("message"),
                show_label=False,
                submit_btn=True,
                max_lines=8,
            )
    return Conversation(shown, message, new, past)
