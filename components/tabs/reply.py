"""A reply in the conversation: the engine's frames as messages, and everything shown as it was said."""

import math
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import aclosing
from dataclasses import replace
from itertools import takewhile
from typing import Any

import gradio as gr

from components.gradio_internals.quick_import import without_stubs
from components.locale import Words
from components.locale.report import SEPARATOR, details, line, sentences, thought, waiting_line
from components.runs.ask import Ask, Turn, about, frames
from components.runs.lab import Lab
from components.streaming import Frame, Stop
from components.streaming.frame import Part, parted
from components.streaming.text import sendable
from components.tabs.markup import markup, typed, verbatim
from components.tabs.run_view import RunView
from components.tabs.session import Kept, Session, session_of, visitor_of, words_for

Said = dict[str, Any]

# Ids of messages that stand beside a reply's text, as thoughts and calls of tools do: they are shown, but
# never sent to a model.
LINE = "line"
WAITING = "waiting"
FAULT = "fault"
# Opens a block of code, which nothing but as long a fence could close: what is in it is shown as it is, and
# it grows at its end alone.
FENCE = "~" * 20

# What becomes of the buttons Stop, Try again and Skip thinking.
PHASES = {
    "running": ({"interactive": True}, {"visible": False}, {"visible": False}),
    "thinking": ({"interactive": True}, {"visible": False}, {"visible": True}),
    "done": ({"interactive": False}, {}, {"visible": False}),
    "failed": ({"interactive": False}, {"visible": True}, {"visible": False}),
}
# Seconds that Chromium needs for each character of a reply: with every frame Gradio draws all of it anew.
DRAWING = 5e-6
# Seconds between two frames, each of which costs the server as much as two chunks: a text that grows 13 times
# a second reads as continuous.
INTERVAL = 0.075


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
    drawn = typed(text) if said["role"] == "user" else markup(text)
    content = [{"type": "text", "text": drawn}]
    return {"role": said["role"], "content": content, "metadata": {"log": text}}


def text_of(content: Any) -> str:
    """Gradio has a message's content as a string or as a list of parts."""
    if isinstance(content, str):
        return content
    return "".join(part if isinstance(part, str) else part.get("text", "") for part in content)


def turns(history: Sequence[Said]) -> list[Turn]:
    """What was really said, without thoughts, calls of tools, lines, faults and blank messages."""
    said: list[Turn] = []
    for message in history:
        text = text_of(message["content"])
        if text.strip() and not _id(message):
            said.append(("user" if message["role"] == "user" else "assistant", text))
    return said


def messages(view: RunView, frame: Frame) -> list[Said]:
    """A frame of the run in `view` as the assistant's messages: its parts, a fault if there is one, the quiet
    line.
    """
    words, about, run = view.words, view.about, view.run
    shown = [
        message for part in frame.parts if not part.text.isspace() for message in _part(words, part, frame)
    ]
    if frame.report is None:
        return [*shown, _line(WAITING, run, waiting_line(words, frame, about.method, **about.known))]
    if frame.report.fault is not None:
        shown.append(_said(*sentences(words, frame.report.fault, **about.known)))
    behind = SEPARATOR.join(details(words, frame.report))
    return [*shown, _line(LINE, run, line(words, frame.report), behind)]


def _part(words: Words, part: Part, frame: Frame) -> Iterator[Said]:
    """A thought is open as long as it grows, a call of a tool always."""
    if part.kind == "text":
        before, tag, text = parted(part.text)
        if before:
            title = verbatim(words("note_thought_in_text", value=sendable(tag)))
            yield _folded("thought", title, before, "done")
        if text:
            yield {"role": "assistant", "content": text}
        return
    grows = frame.report is None and part is frame.parts[-1]
    if part.kind == "reasoning":
        title = words("thinking") if grows else thought(words, part, frame)
        yield _folded("thought", title, part.text, "pending" if grows else "done")
        return
    title = words("calls_tool", name=f"<code>{verbatim(sendable(part.name))}</code>")
    yield _folded("tool_call", title, part.text, "pending" if grows else None, language="json")


def _folded(kind: str, title: str, text: str, status: str | None, *, language: str = "") -> Said:
    """A title, and the text behind it as it stands: Gradio would take a string's margin away."""
    content = [{"type": "text", "text": f"{FENCE}{language}\n{sendable(text)}"}]
    metadata = {"id": kind, "title": title, **({"status": status} if status else {})}
    return {"role": "assistant", "content": content, "metadata": metadata}


def broken_off(words: Words, history: Sequence[Said]) -> tuple[list[Said], bool]:
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


def _id(message: Said) -> str | None:
    return (message.get("metadata") or {}).get("id")


def _line(kind: str, run: str, title: str, behind: str = "") -> Said:
    # By its name the page finds the run that the line is of.
    named = f'<span class="run-{run}">{verbatim(title)}</span>'
    metadata = {"id": kind, "title": named, "status": "done"}
    return {"role": "assistant", "content": behind, "metadata": metadata}


def _said(happened: str, do: str) -> Said:
    # A provider's own words may stand in these sentences: they are text, never markup.
    content = f'<div class="fault"><strong>{verbatim(happened)}</strong> {verbatim(do)}</div>'
    return {"role": "assistant", "content": content, "metadata": {"id": FAULT}}


def replier(lab: Lab) -> Callable[..., Any]:
    async def reply(
        message: str,
        history: list[Said],
        visitor: Session,
        method: str,
        system: str,
        temperature: str,
        max_tokens: int,
        kept: Kept,
        request: gr.Request,
    ) -> AsyncIterator[tuple[Any, ...]]:
        """Yields the reply's messages, those of its run, and a signal of its phase."""
        words = words_for(request)
        choice = replace(visitor.choice, temperature=_number(temperature), max_tokens=int(max_tokens))
        ask = Ask(message, turns(history), choice, system, method, visitor_of(lab, request))
        view = RunView(words, about(lab, ask, "chat"))
        trace = kept.record_chat(view)
        phase = ""
        with lab.runs.begin(session_of(request)) as stopping:
            running = frames(lab, ask, stopping, trace=trace, drawing=DRAWING, interval=INTERVAL)
            async with aclosing(running) as shown:
                async for frame in shown:
                    before, phase = phase, _phase(frame, stopping)
                    changed = time.monotonic_ns() if phase != before else gr.skip()
                    signals = [changed if name == phase else gr.skip() for name in PHASES]
                    yield messages(view, frame), *view.messages(frame), *signals

    return reply


def _number(text: str) -> float | None:
    """NaN where it is none, which no provider is sent."""
    try:
        return float(text) if text.strip() else None
    except ValueError:
        return math.nan


def _phase(frame: Frame, stop: Stop) -> str:
    if frame.report is not None:
        return "failed" if frame.report.fault else "done"
    thinks = bool(frame.parts) and frame.parts[-1].kind == "reasoning"
    return "thinking" if thinks and stop.skip is not None else "running"
