"""The JSON tab: a reply's text, its object and its fields, growing side by side, and a verdict."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

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
from components.tabs.json_view import JsonView
from components.tabs.session import Page, Session, session_of, visitor_of, words_for
from components.tabs.view import Message, note, refused
from components.tabs.wiring import QUIETLY, RunButtons, button, component


def panel() -> gr.HTML:
    """Not drawn yet."""
    return component("json", "follow", "json_panes", padding=True, render=False)


def draw(page: Page) -> None:
    """Draw the tab inside the current Blocks."""
    lab, i18n, shown = page.lab, page.i18n, page.json
    english = Words(DEFAULT)
    prompt = gr.Textbox(
        english("json_prompt_countries"), label=i18n("json_prompt"), lines=2, elem_id="json-prompt"
    )
    with gr.Row(elem_id="json-buttons"):
        buttons = RunButtons(lab, "json", i18n("json_run"), i18n("stop"), variant="primary")
        as_code = button(i18n("run_code"), "code-of-json")
        parser = gr.Radio(
            _parsers(english),
            value="frames",
            label=i18n("json_parser"),
            info=i18n("json_parser_hint"),
            container=False,
            elem_id="json-parser",
        )
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
    shown.render()

    async def ask(
        text: str, given: str | None, way: str, by: Parser, visitor: Session, mine: Kept, request: gr.Request
    ) -> AsyncGenerator[Message]:
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
        with lab.runs.begin(session_of(request)) as stopping:
            async with aclosing(frames(lab, reply, stopping, trace)) as running:
                async for frame in running:
                    yield view.message(frame)

    code = CodePanel(page, "json")
    code.opens(as_code.click)
    code.closes(shown.collapse)
    buttons.on([buttons.run.click], ask, [prompt, schema, how, parser, page.session, page.kept], shown)
    preset.input(lambda name: PRESETS[name], preset, schema, **QUIETLY)
    page.blocks.load(_in_language, None, [prompt, preset, how, parser], **QUIETLY)
    json_names.draw(page)
    endpoints.draw_json(lab)


async def of_run(lab: Lab, request: gr.Request, mine: Kept) -> Message:
    """The reply of the chat run that is shown: read once more, not asked for again."""
    words = words_for(request)
    if mine.chat is None or mine.chat.path is None or not mine.chat.path.is_file():
        return note(words("run_gone"))
    try:
        await look(lab, visitor_of(lab, request))
        run_file = await asyncio.to_thread(open_run_file, mine.chat.path)
        header = run_file.header
        ask = Ask("", [], Choice(header.provider, header.model), "", header.method)
        reply = JsonReply(JsonAsk(ask, None, constrain=False))
        frame = await asyncio.to_thread(reply.read, run_file)
    except (BadRunFile, Failure) as why:
        return refused(words, why)
    mine.json = mine.chat
    remark = unrecorded(words, mine.chat.trouble) or words("json_of_run")
    return JsonView(words, reply, remark).message(frame)


def _presets(words: Words) -> list[tuple[str, str]]:
    return [(words(f"json_preset_{name}"), name) for name in PRESETS]


def _ways(words: Words) -> list[tuple[str, str]]:
    return [(words("json_constrain"), "constrain"), (words("json_in_words"), "words")]


def _parsers(words: Words) -> list[tuple[str, Parser]]:
    return [(words("json_parser_frames"), "frames"), (words("json_parser_chunks"), "chunks")]


def _in_language(request: gr.Request) -> tuple[str, gr.Dropdown, gr.Radio, gr.Radio]:
    """What Gradio doesn't translate: a prompt, and choices."""
    words = words_for(request)
    presets, ways = gr.Dropdown(choices=_presets(words)), gr.Radio(choices=_ways(words))
    return words("json_prompt_countries"), presets, ways, gr.Radio(choices=_parsers(words))
