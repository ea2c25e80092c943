"""The JSON tab: a reply's text, its object and its fields, growing side by side, and a verdict."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

import gradio as gr

from components.chains.schemas import PRESETS
from components.locale import DEFAULT, Words
from components.locale.report import unrecorded
from components.providers import Choice
from components.runs.ask import Ask, about
from components.runs.json import JsonAsk, JsonReply, Parser, frames
from components.runs.lab import Lab
from components.runs.replay import look
from components.streaming import Failure
from components.streaming.trace import BadRunFile, open_run_file
from components.tabs import endpoints, json_names
from components.tabs.code_panel import CodePanel
from components.tabs.events_kept import Kept
from components.tabs.events_view import note, refused
from components.tabs.json_view import JsonView, Message, labels
from components.tabs.session import Session
from components.tabs.visitor import session_of, visitor_of, words_for
from components.tabs.wiring import QUIETLY, now, run_with, static

SCRIPTS = ("element.js", "follow.js", "json_panes.js", "json.js")


def draw(lab: Lab, page: gr.Blocks, i18n: gr.I18n, session: gr.State, kept: gr.State) -> None:
    """Draw the tab inside the current Blocks; `session` and `kept` hold what is the visitor's."""
    english = Words(DEFAULT)
    prompt = gr.Textbox(
        english("json_prompt_countries"), label=i18n("json_prompt"), lines=2, elem_id="json-prompt"
    )
    with gr.Row(elem_id="json-buttons"):
        go = gr.Button(i18n("json_run"), variant="primary", elem_id="run-json", size="sm", scale=0)
        stop = gr.Button(i18n("stop"), elem_id="stop-json", size="sm", interactive=False, scale=0)
        as_code = gr.Button(i18n("run_code"), elem_id="code-of-json", size="sm", scale=0)
        parser = gr.Radio(
            _parsers(english),
            value="frames",
            label=i18n("json_parser"),
            info=i18n("json_parser_hint"),
            container=False,
            elem_id="json-parser",
        )
    from_chat = gr.Button(visible="hidden", elem_id="json-of-run")
    with gr.Accordion(i18n("json_schema"), open=False, elem_id="json-schema-box"):
        preset = gr.Dropdown(
            _presets(english), value="countries", label=i18n("json_preset"), elem_id="json-preset"
        )
        schema = gr.Code(
            PRESETS["countries"],
            language="json",
            label=i18n("json_schema"),
            elem_id="json-schema",
            max_lines=14,
        )
        how = gr.Radio(
            _ways(english),
            value="constrain",
            label=i18n("json_how"),
            info=i18n("json_how_hint"),
            elem_id="json-how",
        )
    shown = gr.HTML(
        value=labels(english),
        html_template=static("json.html"),
        js_on_load=static(*SCRIPTS),
        apply_default_css=False,
        elem_id="json",
    )

    async def ask(
        text: str, given: str | None, way: str, by: Parser, visitor: Session, mine: Kept, request: gr.Request
    ) -> AsyncIterator[tuple[Message, Any, Any]]:
        words = words_for(request)
        asked = JsonAsk(
            Ask(text, [], visitor.choice, "", lab.settings.method, visitor_of(lab, request)),
            await asyncio.to_thread(endpoints.schema_of, words, given or ""),
            way == "constrain",
            by,
        )
        reply = JsonReply(asked)
        view = JsonView(words, reply)
        trace = mine.record(about(lab, asked.ask, "json"))
        changed: tuple[Any, Any] = mine, now()
        with lab.runs.begin(session_of(request)) as stopping:
            async with aclosing(frames(lab, reply, stopping, trace)) as running:
                async for frame in running:
                    yield view.message(frame), *changed
                    changed = gr.skip(), gr.skip()

    async def of_run(mine: Kept, request: gr.Request) -> tuple[Message, Kept]:
        """The reply of the chat run that is shown: read once more, not asked for again."""
        words = words_for(request)
        if mine.chat is None or mine.chat.path is None or not mine.chat.path.is_file():
            return note(words("run_gone")), mine
        try:
            await look(lab, visitor_of(lab, request))
            run_file = await asyncio.to_thread(open_run_file, mine.chat.path)
            header = run_file.header
            ask = Ask("", [], Choice(header.provider, header.model), "", header.method)
            reply = JsonReply(JsonAsk(ask, None, constrain=False))
            frame = await asyncio.to_thread(reply.read, run_file)
        except (BadRunFile, Failure) as why:
            return refused(words, why), mine
        mine.json = mine.chat
        remark = unrecorded(words, mine.chat.trouble) or words("json_of_run")
        return JsonView(words, reply, remark).message(frame), mine

    code = CodePanel(lab, i18n, kept, "json")
    code.opens(as_code.click)
    code.closes(go.click, from_chat.click)
    run_with(lab, [go, stop], ask, [prompt, schema, how, parser, session, kept], [shown, kept])
    from_chat.click(of_run, kept, [shown, kept], **QUIETLY)
    preset.input(lambda name: PRESETS[name], preset, schema, **QUIETLY)
    page.load(_in_language, None, [prompt, preset, how, parser, shown], **QUIETLY)
    json_names.draw(lab, i18n, session)
    endpoints.draw_json(lab)


def _presets(words: Words) -> list[tuple[str, str]]:
    return [(words(f"json_preset_{name}"), name) for name in PRESETS]


def _ways(words: Words) -> list[tuple[str, str]]:
    return [(words("json_constrain"), "constrain"), (words("json_in_words"), "words")]


def _parsers(words: Words) -> list[tuple[str, Parser]]:
    return [(words("json_parser_frames"), "frames"), (words("json_parser_chunks"), "chunks")]


def _in_language(request: gr.Request) -> tuple[str, gr.Dropdown, gr.Radio, gr.Radio, Message]:
    """What Gradio doesn't translate: a prompt, choices, and the words of our own component."""
    words = words_for(request)
    presets, ways = gr.Dropdown(choices=_presets(words)), gr.Radio(choices=_ways(words))
    return words("json_prompt_countries"), presets, ways, gr.Radio(choices=_parsers(words)), labels(words)
