"""How an endpoint tells a program of a fault."""

from __future__ import annotations

import gradio as gr

from components.locale import Words
from components.locale.report import sentences
from components.runs.ask import Ask, known
from components.streaming import Fault


def endpoint_error(words: Words, fault: Fault, ask: Ask) -> gr.Error:
    """To be raised; nobody's error, so there is no traceback in the log."""
    return gr.Error(" ".join(sentences(words, fault, **known(ask))), print_exception=False)
