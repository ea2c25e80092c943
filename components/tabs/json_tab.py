"""The JSON tab: a reply's text, its object and its fields, growing side by side, and a verdict."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import gradio as gr

from components.locale import DEFAULT, Words
from components.tabs import json_endpoint
from components.tabs.events import QUIETLY
from components.tabs.json_run import JsonAsk, frames
from components.tabs.json_view import Message, View, labels
from components.tabs.lab import Lab
from components.tabs.reply import Ask
from components.tabs.session import Session
from components.tabs.visitor import session_of, words_for

STATIC = Path(__file__).parent.parent / "static"

COUNTRY = {
    "type": "object",
    "properties": {"name": {"type": "string", "maxLength": 40}, "population": {"type": "integer"}},
    "required": ["name", "population"],
    "additionalProperties": False,
}
COUNTRIES = {
    "type": "object",
    "properties": {"countries": {"type": "array", "items": COUNTRY, "minItems": 3, "maxItems": 3}},
    "required": ["countries"],
    "additionalProperties": False,
}
PERSON = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "maxLength": 60},
        "age": {"type": "integer", "minimum": 0, "maximum": 150},
        "hobbies": {"type": "array", "items": {"type": "string", "maxLength": 40}, "maxItems": 4},
    },
    "required": ["name", "age", "hobbies"],
    "additionalProperties": False,
}
PRESETS = {"none": "", "countries": json.dumps(COUNTRIES, indent=2), "person": json.dumps(PERSON, indent=2)}


def draw(lab: Lab, page: gr.Blocks, i18n: gr.I18n, session: gr.State) -> None:
    """Draw the tab inside the current Blocks; `session` holds the visitor's `Session`."""
    english = Words(DEFAULT)
    prompt = gr.Textbox(
        english("json_prompt_countries"), label=i18n("json_prompt"), lines=2, elem_id="json-prompt"
    )
    with gr.Row(elem_id="json-buttons"):
        go = gr.Button(i18n("json_run"), variant="primary", elem_id="run-json", size="sm", scale=0)
        stop = gr.Button(i18n("stop"), elem_id="stop-json", size="sm", interactive=False, scale=0)
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
        html_template=(STATIC / "json.html").read_text("utf-8"),
        js_on_load=(STATIC / "json.js").read_text("utf-8"),
        apply_default_css=False,
        elem_id="json",
    )

    async def ask(
        text: str, given: str | None, way: str, visitor: Session, request: gr.Request
    ) -> AsyncIterator[tuple[Message, Any]]:
        words = words_for(request)
        asked = JsonAsk(
            Ask(text, [], visitor.choice, "", lab.settings.method),
            json_endpoint.read(words, given or ""),
            way == "constrain",
        )
        view, button = View(words, asked), gr.Button(interactive=True)
        with lab.runs.begin(session_of(request)) as stopping:
            async for frame in frames(lab, asked, stopping):
                if frame.verdict is not None:
                    button = gr.Button(interactive=False)
                yield view.message(frame), button
                button = gr.skip()

    def stop_runs(request: gr.Request) -> None:
        lab.runs.stop(session_of(request))

    gr.on(
        [go.click],
        ask,
        [prompt, schema, how, session],
        [shown, stop],
        api_visibility="private",
        show_progress="hidden",
        trigger_mode="once",
    )
    stop.click(stop_runs, **QUIETLY)
    preset.input(lambda name: PRESETS[name], preset, schema, **QUIETLY)
    page.load(_in_language, None, [prompt, preset, how, shown], **QUIETLY)
    json_endpoint.draw(lab)


def _presets(words: Words) -> list[tuple[str, str]]:
    return [(words(f"json_preset_{name}"), name) for name in PRESETS]


def _ways(words: Words) -> list[tuple[str, str]]:
    return [(words("json_constrain"), "constrain"), (words("json_in_words"), "words")]


def _in_language(request: gr.Request) -> tuple[str, gr.Dropdown, gr.Radio, Message]:
    """What Gradio doesn't translate: a prompt, choices, and the words of our own component."""
    words = words_for(request)
    presets, ways = gr.Dropdown(choices=_presets(words)), gr.Radio(choices=_ways(words))
    return words("json_prompt_countries"), presets, ways, labels(words)
