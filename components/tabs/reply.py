"""One reply in the conversation: the engine's frames as Gradio messages."""

from __future__ import annotations

import html
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from components.locale import Words
from components.locale.report import SEPARATOR, chunks, details, duration, line, receipt, sentences
from components.providers import Choice, Connection
from components.streaming import Fault, Frame, Report, Stop, run
from components.streaming.events import Recorder
from components.tabs.lab import Lab
from components.tabs.source import open_source

Message = dict[str, Any]

# Ids of the messages that stand beside a reply: they are shown, but never sent to a model.
LINE = "line"
FAULT = "fault"


@dataclass(frozen=True, slots=True)
class Ask:
    """Everything one reply needs; made anew for each, so that no session sees another's choice."""

    message: str
    history: Sequence[Message]
    choice: Choice
    system: str
    method: str


async def frames(lab: Lab, ask: Ask, stop: Stop, recorder: Recorder | None = None) -> AsyncIterator[Frame]:
    """Run the chat chain over the session's choice; `recorder` keeps the events of `astream_events`."""

    def prepare(connection: Connection) -> tuple[Any, Any]:
        from components.chains import chat
        from components.chains.conversation import messages_for

        said = messages_for(
            [*turns(ask.history), ("user", ask.message)],
            system=ask.system,
            window=connection.window,
            reply=ask.choice.max_tokens,
            count_tokens=connection.count_tokens,
        )
        return chat.build(connection.model), {"messages": said}

    async for frame in run(
        lambda: open_source(lab, ask, prepare),
        method=ask.method,
        stop=stop,
        live=lab.live,
        recorder=recorder,
    ):
        yield frame


def turns(history: Sequence[Message]) -> list[tuple[Literal["user", "assistant"], str]]:
    """What was really said, without lines, faults and blank messages."""
    said: list[tuple[Literal["user", "assistant"], str]] = []
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
        return [*shown, _line(waiting_line(words, ask, frame))]
    if frame.report.fault is not None:
        shown.append(_fault(words, ask, frame.report.fault))
    return [*shown, _line(*final_line(words, frame.report))]


def waiting_line(words: Words, ask: Ask, frame: Frame) -> str:
    if frame.text:
        return SEPARATOR.join([ask.method, chunks(words, frame.chunks)])
    if frame.retry is not None:
        happened, _ = sentences(words, frame.retry.fault, **known(ask))
        seconds = f"{frame.retry.seconds:.1f}"
        return words("retrying", happened=happened, attempt=frame.retry.attempt, seconds=seconds)
    return words("waiting", method=ask.method)


def final_line(words: Words, report: Report) -> tuple[str, str]:
    """The line, and what stands behind it."""
    if report.verdict != "stopped":
        return line(words, report), details(words, report)
    first = (
        [] if report.first_token is None else [words("line_first_token", value=duration(report.first_token))]
    )
    return SEPARATOR.join([report.method, *first, receipt(words, report)]), details(words, report)


def _line(title: str, behind: str = "") -> Message:
    metadata = {"id": LINE, "title": title, "status": "done"}
    return {"role": "assistant", "content": behind, "metadata": metadata}


def _fault(words: Words, ask: Ask, fault: Fault) -> Message:
    happened, do = sentences(words, fault, **known(ask))
    # A provider's own words may stand in these sentences: they are text, never markup.
    content = f'<div class="fault"><strong>{html.escape(happened)}</strong> {html.escape(do)}</div>'
    return {"role": "assistant", "content": content, "metadata": {"id": FAULT}}


def known(ask: Ask) -> dict[str, str]:
    """What sentences about a fault need and the fault itself doesn't know."""
    return {"provider": ask.choice.provider, "model": ask.choice.model, "method": ask.method}
