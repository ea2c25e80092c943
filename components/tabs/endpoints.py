"""The tabs' runs for programs, as Gradio's endpoints; nothing of them is to be seen on the page."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import asdict
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


class Endpoints:
    """Drawn inside the current Blocks. What a program leaves null is as good as empty."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        history = gr.State([])
        # A string needs no postprocessing, which would cost a thread's turn for every frame.
        self._add(self.chat, [_box("message"), history], [_box("text"), history], postprocess=False)
        self._add(self.events, [_box("prompt"), _box("chain", "chat")], _box("rows", kind=gr.JSON))
        self._add(self.lesson, _box("name"), _box("output"))
        self._add(self.json, [_box("prompt"), _box("schema")], _box("result", kind=gr.JSON))

    def _add(self, run: Callable[..., Any], asked: Any, told: Any, **properties: Any) -> None:
        gr.Button(visible=False).click(run, asked, told, api_name=run.__name__, **properties)

    def _ask(
        self, request: gr.Request, message: str | None, history: Sequence[Turn] = (), method: str = ""
    ) -> Ask:
        method, visitor = method or self._lab.settings.method, visitor_of(self._lab, request)
        return Ask(message or "", history, self._lab.first_choice(), "", method, visitor)

    async def chat(
        self, message: str, history: list[Turn], request: gr.Request
    ) -> AsyncIterator[tuple[str, Any]]:
        """Message -> accumulated text, the conversation kept for the client's session."""
        given = self._ask(request, message, history)
        async with running(request, self._lab, frames, given) as coming:
            async for frame in coming:
                if frame.report is None:
                    if frame.text:  # that it waits is nothing for a program, and a frame costs the same
                        yield frame.text, gr.skip()
                    continue
                if frame.report.fault is not None:
                    raise _error(request, frame.report.fault, given)
                said = [("assistant", frame.text)] if frame.text.strip() else []
                yield frame.text, [*history, ("user", message), *said]

    async def events(self, prompt: str, chain: str, request: gr.Request) -> AsyncIterator[list[Row]]:
        """Prompt and chain -> new rows, as the log shows them."""
        if chain not in CHAINS:
            raise _refusal(words_for(request)("events_no_chain", names=", ".join(CHAINS)))
        given, shown = self._ask(request, prompt, method="astream_events"), Events()
        async with running(
            request, self._lab, frames, given, kind="events", chain=chain, rows=True
        ) as coming:
            async for frame in coming:
                report = frame.report
                if report is not None and report.fault is not None and not report.attempts:
                    raise _error(request, report.fault, given)
                shown.feed(frame)
                while rows := shown.rows():
                    yield rows
        # Gradio sends what was yielded last once more.
        yield []

    async def lesson(self, name: str, request: gr.Request) -> AsyncIterator[str]:
        """A lesson's name or number -> its output so far, a line with its time for each."""
        found, lab = find(name or ""), self._lab
        if found is None:
            raise _refusal(words_for(request)("lesson_unknown", name=sendable(name or "")))
        ask = lesson.ask_for(lab, found, found.prompt, lab.first_choice(), visitor_of(lab, request))
        output, known = "", 0
        async with running(request, lab, lesson.frames, found, ask) as coming:
            async for frame in coming:
                output += "".join(map(plain_line, frame.lines[known:]))
                known = len(frame.lines)
                if frame.report and frame.report.fault:
                    raise _error(request, frame.report.fault, ask)
                yield output

    async def json(self, prompt: str, schema: str, request: gr.Request) -> AsyncIterator[dict[str, Any]]:
        """Prompt and schema (or "") -> {text, value, verdict}, growing."""
        given = self._ask(request, prompt)
        reply = JsonReply(given, await schema_of(request, schema), constrain=True)
        async with running(request, self._lab, json.frames, reply) as coming:
            async for frame in coming:
                yield _said(request, reply, frame)


def _box(label: str, value: str = "", kind: type[Any] = gr.Textbox) -> Any:
    """What is not drawn; programs know it by its label."""
    return kind(value or None, label=label, visible=False)


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
