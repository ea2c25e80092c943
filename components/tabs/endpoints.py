"""The tabs' runs for programs, as Gradio's endpoints; nothing of them is to be seen on the page."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict
from functools import partial
from typing import Any

import gradio as gr

from components.chains.registry import CHAINS
from components.lessons import find
from components.locale import json_verdict
from components.locale.report import plain_line, sentences
from components.runs import json, lesson
from components.runs.ask import Ask, Turn, frames, known
from components.runs.json import JsonReply
from components.runs.lab import Lab
from components.streaming import Fault, Frame
from components.streaming.events import Events, Row
from components.streaming.json.check import BadSchema, Schema
from components.streaming.text import portable, sendable
from components.tabs.session import running, visitor_of, words_for


def draw(lab: Lab) -> None:
    """Add them to the current Blocks."""
    for add in (_add_chat, _add_events, _add_lesson, _add_json):
        add(lab)


def _box(label: str, value: str = "", kind: type[Any] = gr.Textbox) -> Any:
    """What is not drawn; programs know it by its label."""
    return kind(value or None, label=label, visible=False)


def _ask(
    lab: Lab, request: gr.Request, message: str | None, history: Sequence[Turn] = (), method: str = ""
) -> Ask:
    """Over the owner's choice. What a program leaves null is as good as empty."""
    method, visitor = method or lab.settings.method, visitor_of(lab, request)
    return Ask(message or "", history, lab.first_choice(), "", method, visitor)


def _add_chat(lab: Lab) -> None:
    """`/chat`: message -> accumulated text, the conversation kept for the client's session."""

    async def ask(message: str, history: list[Turn], request: gr.Request) -> AsyncIterator[tuple[str, Any]]:
        given = _ask(lab, request, message, history)
        async with running(request, lab, partial(frames, lab, given)) as coming:
            async for frame in coming:
                if frame.report is None:
                    if frame.text:  # that it waits is nothing for a program, and a frame costs the same
                        yield frame.text, gr.skip()
                    continue
                if frame.report.fault is not None:
                    raise _error(request, frame.report.fault, given)
                said = [("assistant", frame.text)] if frame.text.strip() else []
                yield frame.text, [*history, ("user", message), *said]

    history = gr.State([])
    # A string needs no postprocessing, which would cost a thread's turn for every frame.
    about: dict[str, Any] = {"api_name": "chat", "postprocess": False}
    gr.Button(visible=False).click(ask, [_box("message"), history], [_box("text"), history], **about)


def _add_events(lab: Lab) -> None:
    """`/events`: prompt and chain -> new rows, as the log shows them."""

    async def ask(prompt: str, chain: str, request: gr.Request) -> AsyncIterator[list[Row]]:
        if chain not in CHAINS:
            raise _refusal(words_for(request)("events_no_chain", names=", ".join(CHAINS)))
        given = _ask(lab, request, prompt, method="astream_events")
        shown = Events()
        started = partial(frames, lab, given, kind="events", chain=chain, rows=True)
        async with running(request, lab, started) as coming:
            async for frame in coming:
                report = frame.report
                if report is not None and report.fault is not None and not report.attempts:
                    raise _error(request, report.fault, given)
                shown.feed(frame)
                while rows := shown.rows():
                    yield rows
        # Gradio sends what was yielded last once more.
        yield []

    asked, rows = [_box("prompt"), _box("chain", "chat")], _box("rows", kind=gr.JSON)
    gr.Button(visible=False).click(ask, asked, rows, api_name="events")


def _add_lesson(lab: Lab) -> None:
    """`/lesson`: a lesson's name or number -> its output so far, a line with its time for each."""

    async def run(name: str, request: gr.Request) -> AsyncIterator[str]:
        found = find(name or "")
        if found is None:
            raise _refusal(words_for(request)("lesson_unknown", name=sendable(name or "")))
        ask = lesson.ask_for(lab, found, found.prompt, lab.first_choice(), visitor_of(lab, request))
        output, known = "", 0
        async with running(request, lab, partial(lesson.frames, lab, found, ask)) as coming:
            async for frame in coming:
                output += "".join(map(plain_line, frame.lines[known:]))
                known = len(frame.lines)
                if frame.report and frame.report.fault:
                    raise _error(request, frame.report.fault, ask)
                yield output

    gr.Button(visible=False).click(run, _box("name"), _box("output"), api_name="lesson")


def _add_json(lab: Lab) -> None:
    """`/json`: prompt and schema (or "") -> {text, value, verdict}, growing."""

    async def ask(prompt: str, schema: str, request: gr.Request) -> AsyncIterator[dict[str, Any]]:
        given = _ask(lab, request, prompt)
        reply = JsonReply(given, await schema_of(request, schema), constrain=True)
        async with running(request, lab, partial(json.frames, lab, reply)) as coming:
            async for frame in coming:
                yield _said(request, reply, frame)

    asked, result = [_box("prompt"), _box("schema")], _box("result", kind=gr.JSON)
    gr.Button(visible=False).click(ask, asked, result, api_name="json")


async def schema_of(request: gr.Request, text: str | None) -> Any:
    """The schema, or None for no text; what can't be used raises one sentence. May take seconds."""
    try:
        return await asyncio.to_thread(Schema.read, text or "")
    except BadSchema as bad:
        words = words_for(request)
        where = bad.pointer or words("json_root")
        raise _refusal(words("json_bad_schema", where=where, detail=str(bad))) from None


def _said(request: gr.Request, reply: JsonReply, frame: Frame) -> dict[str, Any]:
    verdict, report, told = reply.verdict, frame.report, None
    if report is not None and report.fault is not None and not frame.text:
        raise _error(request, report.fault, reply.ask)
    if verdict is not None:
        schema = reply.schema is not None
        said = json_verdict.sentences(words_for(request), verdict, frame.parts, schema=schema)
        told = {
            "kind": verdict.kind,
            **{name: sendable(value) for name, value in verdict.params.items()},
            "breaches": [asdict(breach) for breach in verdict.breaches],
            "said": [sendable(sentence) for sentence in said],
        }
    return {"text": sendable(frame.text), "value": portable(reply.snapshot.value), "verdict": told}


def _error(request: gr.Request, fault: Fault, ask: Ask) -> gr.Error:
    return _refusal(" ".join(sentences(words_for(request), fault, **known(ask))))


def _refusal(said: str) -> gr.Error:
    """To be raised; nobody's error, so there is no traceback in the log."""
    return gr.Error(said, print_exception=False)
