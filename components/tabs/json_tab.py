"""The JSON tab: a reply's text, its object and its fields, growing side by side, and a verdict."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from typing import Any

import gradio as gr

from components.chains.schemas import PRESETS
from components.lessons import lessons
from components.locale import Words
from components.providers import Choice
from components.runs.ask import Ask, about
from components.runs.json import JsonReply, Parser, frames
from components.runs.lesson import ask_for
from components.runs.lesson import frames as lesson_frames
from components.streaming import Stop
from components.streaming.trace import open_run_file
from components.tabs import endpoints
from components.tabs.code_panel import CodePanel
from components.tabs.json_view import JsonView
from components.tabs.lessons_tab import LessonsView, output, source
from components.tabs.session import Kept, Session, running, visitor_of, words_for
from components.tabs.view import Message, message, note
from components.tabs.wiring import QUIETLY, Page, Run, RunButtons, button

# By value, the words that say what is chosen.
PARSERS: Mapping[Parser, str] = {"frames": "json_parser_frames", "chunks": "json_parser_chunks"}
WAYS = {"constrain": "json_constrain", "words": "json_in_words"}
# In the order in which they run.
LESSONS = {"waiting": "a_step_that_waits", "streaming": "a_generator_step"}


def draw(page: Page) -> None:
    """Draw the tab inside the current Blocks."""
    lab, i18n, shown = page.lab, page.i18n, page.json
    prompt = page.named(gr.Textbox, "json-prompt", i18n("json_prompt_countries"), lines=2)
    with gr.Row(elem_id="json-buttons"):
        buttons = RunButtons(lab, "json", i18n("json_run"), i18n("stop"), variant="primary")
        as_code = button(i18n("run_code"), "code-of-json")
        parser = page.choices(gr.Radio, "json-parser", _listed(PARSERS), value="frames", container=False)
    with gr.Accordion(i18n("json_schema"), open=False, elem_id="json-schema-box"):
        named = {name: f"json_preset_{name}" for name in PRESETS}
        preset = page.choices(gr.Dropdown, "json-preset", _listed(named), value="countries")
        schema = page.named(gr.Code, "json-schema", PRESETS["countries"], language="json", max_lines=14)
        how = page.choices(gr.Radio, "json-how", _listed(WAYS), value="constrain")
    shown.render()

    async def ask(
        request: gr.Request, text: str, given: str | None, way: str, by: Parser, visitor: Session, mine: Kept
    ) -> Run:
        asked = Ask(text, [], visitor.choice, "", lab.settings.method, visitor_of(lab, request))
        rules = await endpoints.schema_of(request, given or "")
        reply = JsonReply(asked, rules, way == "constrain", by)
        trace, stop = mine.record(about(lab, asked, "json"), "json"), Stop()
        view = JsonView(words_for(request), reply)
        return Run(frames(lab, reply, stop, trace), view.messages, [stop])

    code = CodePanel(page, "json")
    as_code.click(**code.opens)
    buttons.on([buttons.run.click], ask, [prompt, schema, how, parser, page.session, page.kept], shown)
    preset.input(lambda name: PRESETS[name], preset, schema, **QUIETLY)
    draw_names(page)


async def of_run(request: gr.Request, mine: Kept) -> Message:
    """The reply of the chat run that is shown: read once more, not asked for again.

    Raises BadRunFile: it can't be read.
    """
    words, run = words_for(request), mine.runs.get("chat")
    if run is None or run.path is None or not run.path.is_file():
        return note(words("run_gone"))
    run_file = await asyncio.to_thread(open_run_file, run.path)
    header = run_file.header
    ask = Ask("", [], Choice(header.provider, header.model), "", header.method)
    reply = JsonReply(ask, None, constrain=False)
    frame = await asyncio.to_thread(reply.read, run_file)
    mine.runs["json"] = run
    remark = words(f"unrecorded_{run.trouble}" if run.trouble else "json_of_run")
    view = JsonView(words, reply, remark)
    return view.numbered(view.body(frame))


def _listed(choices: Mapping[Any, str]) -> Callable[[Words], list[tuple[str, str]]]:
    return lambda words: [(words(key), value) for value, key in choices.items()]


def draw_names(page: Page) -> None:
    """The names example: the lessons of a step that waits and of one that streams, both run."""
    lab, i18n = page.lab, page.i18n
    both = {name: lessons()[of] for name, of in LESSONS.items()}
    with gr.Accordion(i18n("names_title"), open=False, elem_id="names"):
        gr.Markdown(i18n("names_hint"), elem_classes="muted")
        with gr.Row(elem_id="names-buttons"):
            buttons = RunButtons(lab, "names", i18n("names_run"), i18n("stop"))
        with gr.Row():
            shown = []
            for name, lesson in both.items():
                with gr.Column(min_width=320):
                    shown.append(output(lesson, f"names-{name}"))
                    source(lesson, f"names-{name}-source")

    async def one_by_one(request: gr.Request, visitor: Session, stop: Stop) -> AsyncGenerator[Message]:
        yield message({})
        for lesson in both.values():
            if stop.is_set():
                break
            ask = ask_for(lab, lesson, lesson.prompt, visitor.choice, visitor_of(lab, request))
            view = LessonsView(words_for(request), lesson, ask)
            # A run ends its own stop as it ends; the one around it is set by nobody but the visitor.
            async with running(request, lab, lesson_frames, lesson, ask) as came:
                async for frame in came:
                    for new in view.messages(frame):
                        yield new

    async def run(request: gr.Request, visitor: Session) -> Run:
        stop = Stop()
        return Run(one_by_one(request, visitor, stop), lambda new: [new], [stop])

    buttons.on([buttons.run.click], run, [page.session], *shown)
