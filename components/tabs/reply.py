"""One reply in the conversation: the engine's frames as Gradio messages."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Any

import gradio as gr

from components.locale import Words
from components.locale.report import final_line, sentences, waiting_line
from components.runs.ask import Ask, Turn, known
from components.streaming import Fault, Frame

Message = dict[str, Any]

# Ids of the messages that stand beside a reply: they are shown, but never sent to a model.
LINE = "line"
WAITING = "waiting"
FAULT = "fault"


def turns(history: Sequence[Message]) -> list[Turn]:
    """What was really said, without lines, faults and blank messages."""
    said: list[Turn] = []
    for message in history:
        text = text_of(message["content"])
        if text.strip() and (message.get("metadata") or {}).get("id") not in (LINE, WAITING, FAULT):
            said.append(("user" if message["role"] == "user" else "assistant", text))
    return said


def text_of(content: Any) -> str:
    """Gradio keeps a message's content as a string or as a list of parts."""
    if isinstance(content, str):
        return content
    return "".join(part.get("text", "") for part in content if isinstance(part, dict))


def passed_on(said: Message) -> gr.ChatMessage:
    """A message as it was: Gradio would look through a dictionary for files, with every frame."""
    more = {part: said[part] for part in ("metadata", "options") if said.get(part)}
    return gr.ChatMessage(said["content"], said["role"], **more)


def messages(words: Words, ask: Ask, frame: Frame) -> list[Message]:
    """A frame as the assistant's messages: the text, a fault if there is one, and the quiet line."""
    shown: list[Message] = []
    if frame.text:
        shown.append(_message(frame.text))
    if frame.report is None:
        return [*shown, _line(waiting_line(words, frame, ask.method, **known(ask)), kind=WAITING)]
    if frame.report.fault is not None:
        shown.append(_fault(words, ask, frame.report.fault))
    return [*shown, _line(*final_line(words, frame.report))]


def _line(title: str, behind: str = "", *, kind: str = LINE) -> Message:
    return _message(behind, {"id": kind, "title": title, "status": "done"})


def _fault(words: Words, ask: Ask, fault: Fault) -> Message:
    happened, do = sentences(words, fault, **known(ask))
    # A provider's own words may stand in these sentences: they are text, never markup.
    content = f'<div class="fault"><strong>{html.escape(happened)}</strong> {html.escape(do)}</div>'
    return _message(content, {"id": FAULT})


def _message(text: str, metadata: dict[str, str] | None = None) -> Message:
    """In the form in which the page has them."""
    content = [{"type": "text", "text": text}]
    return {"role": "assistant", "metadata": metadata, "content": content, "options": None}
