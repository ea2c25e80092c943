"""The tabs' runs for programs, as Gradio's endpoints; nothing of them is to be seen on the page."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import asdict
from typing import Any

import gradio as gr

from components.chains.registry import CHAINS
from components.lessons import find
from components.locale import Words, json_verdict
from components.locale.report import plain_line, sentences
from components.runs import events, json, lesson
from components.runs.ask import Ask, Turn, frames, known
from components.runs.json import JsonReply
from components.runs.lab import Lab
from components.streaming import Fault, Frame, Trace
from components.streaming.events import Events, Row
from components.streaming.json.check import BadSchema, Schema
from components.streaming.text import portable, sendable
from components.tabs.session import session_of, visitor_of, words_for


def draw(lab: Lab) -> None:
    """Add them to the current Blocks."""
    for add in (_add_chat, _add_events, _add_lesson, _add_json):
        add(lab)


def _add_chat(lab: Lab) -> None:
    """`/chat`: message -> accumulated text, the conversation kept for the client's session."""

    async def ask(message: str, history: list[Turn], request: gr.Request) -> AsyncIterator[tuple[str, Any]]:
        asker = visitor_of(lab, request)
        given = Ask(message, history, lab.first_choice(), "", lab.settings.method, asker)
        with lab.runs.begin(session_of(request)) as stop:
            async with aclosing(frames(lab, given, stop)) as running:
                async for frame in running:
                    if frame.report is None:
                        if frame.text:  # that it waits is nothing for a program, and a frame costs the same
                            yield frame.text, gr.skip()
                        continue
                    if frame.report.fault is not None:
                        raise _error(words_for(request), frame.report.fault, given)
                    said = [("assistant", frame.text)] if frame.text.strip() else []
                    yield frame.text, [*history, ("user", message), *said]

    message = gr.Textbox(label="message", visible=False)
    text = gr.Textbox(label="text", visible=False)
    history = gr.State([])
    # A string needs no postprocessing, which would cost a thread's turn for every frame.
    gr.Button(visible=False).click(
        ask, [message, history], [text, history], api_name="chat", postprocess=False
    )


def _add_events(lab: Lab) -> None:
    """`/events`: prompt and chain -> new rows, as the log shows them."""

    async def ask(prompt: str, chain: str, request: gr.Request) -> AsyncIterator[list[Row]]:
        words = words_for(request)
        if chain not in CHAINS:
            raise gr.Error(words("events_no_chain", names=", ".join(CHAINS)), print_exception=False)
        given = Ask(prompt, [], lab.first_choice(), "", "astream_events", visitor_of(lab, request))
        shown = Events()
        with lab.runs.begin(session_of(request)) as stop:
            async with aclosing(events.frames(lab, given, chain, Trace(), stop)) as running:
                async for frame in running:
                    report = frame.report
                    if report is not None and report.fault is not None and not report.attempts:
                        raise _error(words, report.fault, given)
                    shown.feed(frame)
                    while rows := shown.rows():
                        yield rows
        # Gradio sends what was yielded last once more.
        yield []

    prompt = gr.Textbox(label="prompt", visible=False)
    chain = gr.Textbox("chat", label="chain", visible=False)
    rows = gr.JSON(label="rows", visible=False)
    gr.Button(visible=False).click(ask, [prompt, chain], rows, api_name="events")


def _add_lesson(lab: Lab) -> None:
    """`/lesson`: a lesson's name or number -> its output so far, a line with its time for each."""

    async def run(name: str, request: gr.Request) -> AsyncIterator[str]:
        words, found = words_for(request), find(name)
        if found is None:
            raise gr.Error(words("lesson_unknown", name=sendable(name)), print_exception=False)
        ask = lesson.ask_for(lab, found, found.prompt, lab.first_choice(), visitor_of(lab, request))
        output, known = "", 0
        with lab.runs.begin(session_of(request)) as stop:
            async with aclosing(lesson.frames(lab, found, ask, stop)) as running:
                async for frame in running:
                    output += "".join(map(plain_line, frame.lines[known:]))
                    known = len(frame.lines)
                    if frame.report and frame.report.fault:
                        raise _error(words, frame.report.fault, ask)
                    yield output

    name = gr.Textbox(label="name", visible=False)
    output = gr.Textbox(label="output", visible=False)
    gr.Button(visible=False).click(run, name, output, api_name="lesson")


def _add_json(lab: Lab) -> None:
    """`/json`: prompt and schema (or "") -> {text, value, verdict}, growing."""

    async def ask(prompt: str, schema: str, request: gr.Request) -> AsyncIterator[dict[str, Any]]:
        words = words_for(request)
        given = Ask(prompt, [], lab.first_choice(), "", lab.settings.method, visitor_of(lab, request))
        reply = JsonReply(given, await asyncio.to_thread(schema_of, words, schema), constrain=True)
        with lab.runs.begin(session_of(request)) as stop:
            async with aclosing(json.frames(lab, reply, stop)) as running:
                async for frame in running:
                    yield _said(words, reply, frame)

    prompt = gr.Textbox(label="prompt", visible=False)
    schema = gr.Textbox(label="schema", visible=False)
    result = gr.JSON(label="result", visible=False)
    gr.Button(visible=False).click(ask, [prompt, schema], result, api_name="json")


def schema_of(words: Words, text: str) -> Any:
    """The schema, or None for blank text; what can't be used raises one sentence. May take seconds."""
    try:
        return Schema.read(text)
    except BadSchema as bad:
        where = bad.pointer or words("json_root")
        said = words("json_bad_schema", where=where, detail=str(bad))
        raise gr.Error(said, print_exception=False) from None


def _said(words: Words, reply: JsonReply, frame: Frame) -> dict[str, Any]:
    snapshot, verdict, report = reply.snapshot, reply.verdict, frame.report
    if report is not None and report.fault is not None and not frame.text:
        raise _error(words, report.fault, reply.ask)
    value = portable(snapshot.value)
    told: dict[str, Any] | None = None
    if verdict is not None:
        said = json_verdict.sentences(words, verdict, frame.parts, schema=reply.schema is not None)
        told = {
            "kind": verdict.kind,
            **{name: sendable(value) for name, value in verdict.params.items()},
            "breaches": [asdict(breach) for breach in verdict.breaches],
            "said": [sendable(sentence) for sentence in said],
        }
    return {"text": sendable(frame.text), "value": value, "verdict": told}


def _error(words: Words, fault: Fault, ask: Ask) -> gr.Error:
    """To be raised; nobody's error, so there is no traceback in the log."""
    return gr.Error(" ".join(sentences(words, fault, **known(ask))), print_exception=False)
