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
WAITING = "waiting"
FAULT = "fault"


def turns(history: Sequence[Message]) -> list[Turn]:
    """What was really said, without lines, faults and blank messages."""
    said: list[Turn] = []
    for message in history:
        text = _text(message["content"])
        if text.strip() and (message.get("metadata") or {}).get("id") not in (LINE, WAITING, FAULT):
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
        waiting = _line(waiting_line(words, frame, ask.method, **known(ask)))
        return [*shown, {**waiting, "metadata": {**waiting["metadata"], "id": WAITING}}]
    if frame.report.fault is not None:
        shown.append(_fault(words, ask, frame.report.fault))
    return [*shown, _line(*final_line(words, frame.report))]


def broken_off(words: Words, history: Sequence[Message]) -> tuple[list[Message], bool]:
    """What a page shows whose server has gone, and whether that was in mid-reply: then it is said there."""
    shown = list(history)
    if not shown:
        return shown, False
    waits = (shown[-1].get("metadata") or {}).get("id") == WAITING
    if not waits and shown[-1]["role"] == "assistant":
        return shown, False
    if waits:
        shown.pop()
    return [*shown, _said(words("connection_broke"), words("fault_ending_do"))], True


def _line(title: str, behind: str = "") -> Message:
    metadata = {"id": LINE, "title": title, "status": "done"}
    return {"role": "assistant", "content": behind, "metadata": metadata}


def _fault(words: Words, ask: Ask, fault: Fault) -> Message:
    return _said(*sentences(words, fault, **known(ask)))


def _said(happened: str, do: str) -> Message:
    # A provider's own words may stand in these sentences: they are text, never markup.
    content = f'<div class="fault"><strong>{html.escape(happened)}</strong> {html.escape(do)}</div>'
    return {"role": "assistant", "content": content, "metadata": {"id": FAULT}}
