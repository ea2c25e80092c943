"""The names example on the JSON tab: a step that waits and one that streams, both run, with their sources."""

from __future__ import annotations

import html
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path

import gradio as gr

from components.locale import Words
from components.locale.report import duration, line, sentences, waiting_line
from components.runs.ask import Ask, known
from components.runs.names import Which, frames
from components.streaming import Frame
from components.streaming.frame import Line
from components.tabs.session import Page, Session, session_of, visitor_of, words_for
from components.tabs.view import paragraph
from components.tabs.wiring import RunButtons

CHAINS = Path(__file__).parent.parent / "chains"
# In the order in which they run.
BOTH: tuple[Which, ...] = ("waiting", "streaming")
# Lines that are shown; a model that repeats itself can say thousands.
LINES = 40


def draw(page: Page) -> None:
    """Draw the section inside the current Blocks."""
    lab, i18n = page.lab, page.i18n
    with gr.Accordion(i18n("names_title"), open=False, elem_id="names"):
        gr.Markdown(i18n("names_hint"), elem_classes="muted")
        with gr.Row(elem_id="names-buttons"):
            buttons = RunButtons(lab, "names", i18n("names_run"), i18n("stop"))
        with gr.Row():
            shown = [_column(which, i18n) for which in BOTH]

    async def both(visitor: Session, request: gr.Request) -> AsyncGenerator[tuple[str, ...]]:
        words = words_for(request)
        prompt, method = words("json_prompt_countries"), lab.settings.method
        ask = Ask(prompt, [], visitor.choice, "", method, visitor_of(lab, request))
        drawn = ["", ""]
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
                            yield tuple(drawn)

    buttons.on([buttons.run.click], both, [page.session], shown)


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
    drawn = [_line(one) for one in lines[:LINES]]
    if more := len(lines[LINES:]) + frame.left_out:
        drawn.append(paragraph(words("names_more", count=more), "muted"))
    report = frame.report
    if report is None:
        return "".join([*drawn, paragraph(waiting_line(words, frame, ask.method, **known(ask)), "figures")])
    if report.fault is not None:
        drawn.append(paragraph(" ".join(sentences(words, report.fault, **known(ask))), "fault"))
    return "".join([*drawn, paragraph(line(words, report), "figures")])


def _line(one: Line) -> str:
    """What a model wrote is text, never markup."""
    return f'<p class="line"><span class="time">{duration(one.at)}</span> {html.escape(one.text)}</p>'
