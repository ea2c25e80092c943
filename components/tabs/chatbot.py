"""Gradio's conversation, in which everything is shown as it was said."""

from __future__ import annotations

from typing import Any

import gradio as gr

from components.gradio_internals.quick_import import without_stubs
from components.tabs.markup import markup, verbatim

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
