"""One reply in the conversation: the engine's frames as Gradio messages."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Any

from components.locale import Words
from components.locale.report import final_line, sentences, waiting_line
from components.runs.ask import Ask, Turn, known
from components.streaming import Fault, Frame

Message = dict[str, Any]

# Ids of the messages that stand beside a reply: they are shown, but never sent to a model.
LINE = "line"
FAULT = "fault"


def turns(history: Sequence[Message]) -> list[Turn]:
    """What was really said, without lines, faults and blank messages."""
    said: list[Turn] = []
    for message in history:
        text = _text(message["content"])
        if text.strip() and (message.get("metadata") or {}).get("id") not in (LINE, FAULT):
            said.append(("user" if message["role"] == "user" else "assistant", text))
    return said


def _text(content: Any) -> str:
    """Gradio keeps a message's content as a string or as a list of parts."""
    if isinstance(content, str):
        return content
    return "".join(part.get("text", "") for part in content if isinstance(part, dict))


def messages(words: Words, ask: Ask, frame: Frame) -> list[Message]:
    """A frame as the assistant's messages: the text, a fault if there is one, and the quiet line."""
    shown: list[Message] = []
    if frame.text:
        shown.append({"role": "assistant", "content": frame.text})
    if frame.report is None:
        return [*shown, _line(waiting_line(words, frame, ask.method, **known(ask)))]
    if frame.report.fault is not None:
        shown.append(_fault(words, ask, frame.report.fault))
    return [*shown, _line(*final_line(words, frame.report))]


def _line(title: str, behind: str = "") -> Message:
    metadata = {"id": LINE, "title": title, "status": "done"}
    return {"role": "assistant", "content": behind, "metadata": metadata}


def _fault(words: Words, ask: Ask, fault: Fault) -> Message:
    happened, do = sentences(words, fault, **known(ask))
    # A provider's own words may stand in these sentences: they are text, never markup.
    content = f'<div class="fault"><strong>{html.escape(happened)}</strong> {html.escape(do)}</div>'
    return {"role": "assistant", "content": content, "metadata": {"id": FAULT}}
