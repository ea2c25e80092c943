"""The names example on the JSON tab: the lessons of a step that waits and of one that streams, both run."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

import gradio as gr

from components.lessons import lessons
from components.runs.lesson import ask_for, frames
from components.tabs.lessons_tab import LessonsView, empty, output, source
from components.tabs.session import Session, session_of, visitor_of, words_for
from components.tabs.wiring import Page, RunButtons

# In the order in which they run.
LESSONS = {"waiting": "a_step_that_waits", "streaming": "a_generator_step"}


def draw(page: Page) -> None:
    """Draw the section inside the current Blocks."""
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

    async def run(visitor: Session, request: gr.Request) -> AsyncGenerator[tuple[Any, ...]]:
        mine = session_of(request)
        yield tuple(map(empty, both.values()))
        with lab.runs.begin(mine) as stopping:
            for lesson in both.values():
                if stopping.is_set():
                    break
                ask = ask_for(lab, lesson, lesson.prompt, visitor.choice, visitor_of(lab, request))
                view = LessonsView(words_for(request), lesson, ask)
                # A run ends its own stop as it ends; the one around it is set by nobody but the visitor.
                with lab.runs.begin(mine) as one:
                    async with aclosing(frames(lab, lesson, ask, one)) as came:
                        async for frame in came:
                            new = view.message(frame)
                            yield tuple(new if which is lesson else gr.skip() for which in both.values())

    buttons.on([buttons.run.click], run, [page.session], shown)
