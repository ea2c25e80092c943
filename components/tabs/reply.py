"""The conversation's messages: the engine's frames as a reply, and everything shown as it was said."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import takewhile
from typing import Any

import gradio as gr

from components.gradio_internals.quick_import import without_stubs
from components.locale import Words
from components.locale.report import SEPARATOR, details, line, sentences, thought, waiting_line
from components.runs.ask import Turn
from components.streaming import Frame
from components.streaming.frame import Part, parted
from components.streaming.text import sendable
from components.tabs.markup import markup, verbatim
from components.tabs.run_view import RunView

Message = dict[str, Any]

# Ids of the messages that stand beside a reply's text: they are shown, but never sent to a model.
LINE = "line"
WAITING = "waiting"
FAULT = "fault"
THOUGHT = "thought"
TOOL_CALL = "tool_call"
# Opens a block of code, which nothing but as long a fence could close: what is in it is shown as it is, and
# it grows at its end alone.
FENCE = "~" * 20


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


def turns(history: Sequence[Message]) -> list[Turn]:
    """What was really said, without thoughts, calls of tools, lines, faults and blank messages."""
    said: list[Turn] = []
    for message in history:
        text = text_of(message["content"])
        if text.strip() and not _id(message):
            said.append(("user" if message["role"] == "user" else "assistant", text))
    return said


def messages(view: RunView, frame: Frame) -> list[Message]:
    """A frame of the run in `view` as the assistant's messages: its parts, a fault if there is one, the quiet
    line.
    """
    words, about, run = view.words, view.about, view.run
    shown = [
        message for part in frame.parts if not part.text.isspace() for message in _part(words, part, frame)
    ]
    if frame.report is None:
        waiting = _line(run, waiting_line(words, frame, about.method, **about.known))
        return [*shown, {**waiting, "metadata": {**waiting["metadata"], "id": WAITING}}]
    if frame.report.fault is not None:
        shown.append(_said(*sentences(words, frame.report.fault, **about.known)))
    return [*shown, _line(run, line(words, frame.report), SEPARATOR.join(details(words, frame.report)))]


def _part(words: Words, part: Part, frame: Frame) -> Iterator[Message]:
    """A thought is open as long as it grows, a call of a tool always."""
    if part.kind == "text":
        before, tag, text = parted(part.text)
        if before:
            title = verbatim(words("note_thought_in_text", value=sendable(tag)))
            yield _folded(THOUGHT, title, f"{FENCE}\n{sendable(before)}", "done")
        if text:
            yield {"role": "assistant", "content": text}
        return
    grows = frame.report is None and part is frame.parts[-1]
    if part.kind == "reasoning":
        title = words("thinking") if grows else thought(words, part, frame)
        yield _folded(THOUGHT, title, f"{FENCE}\n{sendable(part.text)}", "pending" if grows else "done")
        return
    title = words("calls_tool", name=f"<code>{verbatim(sendable(part.name))}</code>")
    yield _folded(TOOL_CALL, title, f"{FENCE}json\n{sendable(part.text)}", "pending" if grows else None)


def _folded(kind: str, title: str, behind: str, status: str | None) -> Message:
    """A title, and what is behind it as it stands: Gradio would take a string's margin away."""
    metadata = {"id": kind, "title": title, **({"status": status} if status else {})}
    return {"role": "assistant", "content": [{"type": "text", "text": behind}], "metadata": metadata}


def broken_off(words: Words, history: Sequence[Message]) -> tuple[list[Message], bool]:
    """What a page shows that was left in mid-reply, where that is said; and whether its last reply failed."""
    shown = list(history)
    if shown and (shown[-1]["role"] == "user" or _id(shown[-1]) == WAITING):
        if _id(shown[-1]) == WAITING:
            shown.pop()
        for message in shown:
            if (metadata := message.get("metadata") or {}).get("status") == "pending":
                metadata["status"] = "done"
        shown.append(_said(words("connection_broke"), words("fault_ending_do")))
    reply = takewhile(lambda message: message["role"] != "user", reversed(shown))
    return shown, any(_id(message) == FAULT for message in reply)


def _id(message: Message) -> str | None:
    return (message.get("metadata") or {}).get("id")


def _line(run: str, title: str, behind: str = "") -> Message:
    # By its name the page finds the run that the line is of.
    named = f'<span class="run-{run}">{verbatim(title)}</span>'
    metadata = {"id": LINE, "title": named, "status": "done"}
    return {"role": "assistant", "content": behind, "metadata": metadata}


def _said(happened: str, do: str) -> Message:
    # A provider's own words may stand in these sentences: they are text, never markup.
    content = f'<div class="fault"><strong>{verbatim(happened)}</strong> {verbatim(do)}</div>'
    return {"role": "assistant", "content": content, "metadata": {"id": FAULT}}
