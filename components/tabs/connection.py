"""What the page says and does when its server has gone, and one answers again: this one or another."""

from __future__ import annotations

import gradio as gr


def draw(i18n: gr.I18n) -> gr.Button:
    """The words of `connection.js`, and what it clicks when there is a server again."""
    gr.Markdown(i18n("connection_looking"), elem_id="connection", elem_classes="on-demand")
    gr.Markdown(i18n("connection_broke"), elem_id="broke", elem_classes="on-demand")
    gr.Markdown(i18n("fault_ending_do"), elem_id="broke-do", elem_classes="on-demand")
    return gr.Button(visible="hidden", elem_id="found")
