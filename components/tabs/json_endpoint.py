"""`/json` for programs: prompt and schema (or "") -> {text, value, verdict}, growing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import asdict
from typing import Any

import gradio as gr

from components.locale import Words, json_verdict
from components.runs.ask import Ask
from components.runs.json import JsonReply, frames
from components.runs.json_ask import JsonAsk, read_schema
from components.runs.lab import Lab
from components.streaming import Frame
from components.streaming.json import BadSchema, portable
from components.streaming.text import sendable
from components.tabs.endpoint_fault import endpoint_error
from components.tabs.visitor import session_of, visitor_of, words_for


def draw(lab: Lab) -> None:
    """Add the endpoint to the current Blocks; nothing of it is to be seen on the page."""

    async def ask(prompt: str, schema: str, request: gr.Request) -> AsyncIterator[dict[str, Any]]:
        words = words_for(request)
        ask = Ask(prompt, [], lab.first_choice(), "", lab.settings.method, visitor_of(lab, request))
        schema_read = await asyncio.to_thread(read, words, schema)
        reply = JsonReply(JsonAsk(ask, schema_read, constrain=True))
        with lab.runs.begin(session_of(request)) as stopping:
            async with aclosing(frames(lab, reply, stopping)) as running:
                async for frame in running:
                    yield _said(words, reply, frame)

    prompt = gr.Textbox(label="prompt", visible=False)
    schema = gr.Textbox(label="schema", visible=False)
    result = gr.JSON(label="result", visible=False)
    gr.Button(visible=False).click(ask, [prompt, schema], result, api_name="json")


def read(words: Words, schema: str) -> Any:
    """The schema, or None for blank text; what can't be used raises one sentence. May take seconds."""
    try:
        return read_schema(schema)
    except BadSchema as bad:
        where = bad.pointer or words("json_root")
        said = words("json_bad_schema", where=where, detail=str(bad))
        raise gr.Error(said, print_exception=False) from None


def _said(words: Words, reply: JsonReply, frame: Frame) -> dict[str, Any]:
    snapshot, verdict, report = reply.snapshot, reply.verdict, frame.report
    if report is not None and report.fault is not None and not frame.text:
        raise endpoint_error(words, report.fault, reply.asked.ask)
    value = snapshot.value if snapshot.safe else portable(snapshot.value)
    told: dict[str, Any] | None = None
    if verdict is not None:
        said = json_verdict.sentences(words, verdict, frame.parts, schema=reply.asked.schema is not None)
        told = {
            "kind": verdict.kind,
            **{name: sendable(value) for name, value in verdict.params.items()},
            "breaches": [asdict(breach) for breach in verdict.breaches],
            "said": [sendable(sentence) for sentence in said],
        }
    return {"text": sendable(frame.text), "value": value, "verdict": told}
