"""The one who asks: which language they read, and which session they are."""

from __future__ import annotations

import gradio as gr

from components.locale import Words, words_in
from components.runs.lab import Lab


def words_for(request: gr.Request) -> Words:
    return words_in(request.headers)


def visitor_of(lab: Lab, request: gr.Request) -> str:
    """The same for all tabs and sessions at one address."""
    return lab.control.visitors.asking(request)


def session_of(request: gr.Request) -> str:
    """Gradio's session hash: one a browser tab, or one a client."""
    return request.session_hash or ""
