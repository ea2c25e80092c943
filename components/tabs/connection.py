"""What happens when the page has found a server again, after its own was gone: this one or another."""

from __future__ import annotations

import gradio as gr


def draw(i18n: gr.I18n) -> gr.Button:
    """What is said while there is no server, and what the page clicks when there is one again."""
    gr.Markdown(i18n("connection_looking"), elem_id="connection")
    return gr.Button(visible="hidden", elem_id="lost")
