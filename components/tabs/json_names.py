"""The names example on the JSON tab: a step that waits and one that streams, both run, with their sources."""

from __future__ import annotations

import html
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import gradio as gr

from components.locale import Words
from components.locale.report import duration, final_line, sentences, waiting_line
from components.runs.ask import Ask, known
from components.runs.lab import Lab
from components.runs.names import Which, frames
from components.streaming import Frame
from components.streaming.frame import Line
from components.tabs.session import Session
from components.tabs.visitor import session_of, visitor_of, words_for
from components.tabs.wiring import now, run_with

CHAINS = Path(__file__).parent.parent / "chains"
# In the order in which they run.
BOTH: tuple[Which, ...] = ("waiting", "streaming")
# Lines that are shown; a model that repeats itself can say thousands.
LINES = 40


def draw(lab: Lab, i18n: gr.I18n, session: gr.State) -> None:
    """Draw the section inside the current Blocks; `session` holds the visitor's `Session`."""
    with gr.Accordion(i18n("names_title"), open=False, elem_id="names"):
        gr.Markdown(i18n("names_hint"), elem_classes="muted")
        with gr.Row(elem_id="names-buttons"):
            go = gr.Button(i18n("names_run"), elem_id="run-names", size="sm", scale=0)
            stop = gr.Button(i18n("stop"), elem_id="stop-names", size="sm", interactive=False, scale=0)
        with gr.Row():
            shown = [_column(which, i18n) for which in BOTH]

    async def both(visitor: Session, request: gr.Request) -> AsyncIterator[tuple[Any, ...]]:
        words = words_for(request)
        ask = Ask(
            words("json_prompt_countries"),
            [],
            visitor.choice,
            "",
            lab.settings.method,
            visitor_of(lab, request),
        )
        drawn = ["", ""]
        began: Any = now()
        mine = session_of(request)
        with lab.runs.begin(mine) as stopping:
            for number, which in enumerate(BOTH):
                if stopping.is_set():
                    break
                # A run ends its own stop as it ends; the one around it is set by nobody but the visitor.
                with lab.runs.begin(mine) as one:
                    async with aclosing(frames(lab, which, ask, one)) as running:
                        async for frame in running:
                            drawn[number] = _drawn(words, ask, frame)
                            yield *drawn, began
                            began = gr.skip()

    run_with(lab, [go, stop], both, [session], shown)


def _column(which: Which, i18n: gr.I18n) -> gr.HTML:
    file = CHAINS / f"names_{which}.py"
    with gr.Column(min_width=320):
        shown = gr.HTML(elem_id=f"names-{which}", elem_classes="names-lines", padding=False)
        gr.Code(
            file.read_text("utf-8"),
            language="python",
            label=f"components/chains/{file.name}",
            interactive=False,
            max_lines=24,
            wrap_lines=True,
            elem_classes="names-source",
        )
    return shown


def _drawn(words: Words, ask: Ask, frame: Frame) -> str:
    lines = frame.lines
    drawn = [_line(line) for line in lines[:LINES]]
    if more := len(lines[LINES:]) + frame.left_out:
        drawn.append(_paragraph("muted", words("names_more", count=more)))
    report = frame.report
    if report is None:
        return "".join([*drawn, _paragraph("figures", waiting_line(words, frame, ask.method, **known(ask)))])
    if report.fault is not None:
        drawn.append(_paragraph("fault", " ".join(sentences(words, report.fault, **known(ask)))))
    return "".join([*drawn, _paragraph("figures", final_line(words, report)[0])])


def _line(line: Line) -> str:
    """What a model wrote is text, never markup."""
    return f'<p class="line"><span class="time">{duration(line.at)}</span> {html.escape(line.text)}</p>'


def _paragraph(look: str, text: str) -> str:
    return f'<p class="{look}">{html.escape(text)}</p>'
