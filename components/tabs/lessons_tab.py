"""The Lessons tab: the tutorials' examples over the model in use, with the very source that runs."""

from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import gradio as gr

from components.lessons import THEMES, Lesson, lessons, own_file, versions
from components.locale import DEFAULT, Words
from components.locale.report import lesson_ended, line_count, sentences, waiting_line
from components.runs.ask import Ask, about, known
from components.runs.lesson import TOKENS, ask_for, frames
from components.streaming import Frame, Stop
from components.streaming.text import sendable
from components.tabs.code_panel import CodePanel
from components.tabs.session import Kept, Session, visitor_of, words_for
from components.tabs.view import Message, View, component, message
from components.tabs.wiring import QUIETLY, Page, Run, RunButtons, button


def draw(page: Page) -> None:
    """Draw the tab inside the current Blocks."""
    lab, i18n = page.lab, page.i18n
    first = next(iter(lessons().values()))
    chosen = gr.State(first.name)

    def own_lines(name: str, visitor: Session) -> str:
        provider = lab.providers[visitor.choice.provider]
        return own_file(lessons()[name], provider.snippet, provider.model_of(visitor.choice))

    with gr.Row(elem_id="lessons"):
        with gr.Column(scale=1, min_width=260, elem_id="lesson-list"):
            themes = [
                page.choices(
                    gr.Radio,
                    f"lesson-theme-{theme}",
                    partial(_titles, theme),
                    value=first.name if first.theme == theme else None,
                    interactive=True,  # though it is no input
                )
                for theme in THEMES
            ]
        with gr.Column(scale=3, min_width=320, elem_id="lesson-shown"):
            text = gr.Markdown(_text(first, Words(DEFAULT)), elem_id="lesson-text")
            prompt = page.named(gr.Textbox, "lesson-prompt", first.prompt, lines=1)
            with gr.Row(elem_id="lesson-buttons"):
                buttons = RunButtons(lab, "lesson", i18n("lesson_run"), i18n("stop"), variant="primary")
                as_code = button(i18n("run_code"), "code-of-lesson")
                short = gr.Markdown(elem_id="lesson-short", elem_classes="muted")
            with gr.Row(elem_id="lesson-run"):
                code = source(first, "lesson-source")
                shown = output(first, "lesson-output")
            panel = CodePanel(page, "lesson")
            with gr.Accordion(i18n("lesson_own"), open=False, elem_id="lesson-own-box"):
                gr.Markdown(i18n("lesson_own_hint"), elem_classes="muted")
                lines = own_lines(first.name, page.session.value)
                own = gr.Code(
                    lines, language="python", show_label=False, interactive=False, elem_id="lesson-own"
                )

    async def run(request: gr.Request, name: str, asked: str, visitor: Session, mine: Kept) -> Run:
        lesson = lessons()[name]
        ask = ask_for(lab, lesson, asked, visitor.choice, visitor_of(lab, request))
        trace, stop = mine.record(about(lab, ask, f"lesson {name}"), "lesson"), Stop()
        view = LessonsView(words_for(request), lesson, ask)
        return Run(frames(lab, lesson, ask, stop, trace), view.messages, [stop])

    def choose(visitor: Session, mine: Kept, picked: gr.SelectData, request: gr.Request) -> tuple[Any, ...]:
        lesson = lessons()[picked.value]
        mine.runs["lesson"] = None
        told, code = _text(lesson, words_for(request)), source(lesson, "lesson-source")
        # One of all themes is chosen.
        others = [gr.skip() if theme == lesson.theme else gr.update(value=None) for theme in THEMES]
        own = own_lines(lesson.name, visitor)
        return lesson.name, told, lesson.prompt, code, own, empty(lesson), *others

    as_code.click(**panel.opens)
    # Before the run is wired: what the same click does, Gradio does one after the other.
    picks = [theme.select for theme in themes]
    gr.on([buttons.run.click, *picks], **panel.closes)
    asked = [chosen, prompt, page.session, page.kept]
    ran = buttons.on([buttons.run.click, prompt.submit], run, asked, shown)
    # Another lesson ends the one that runs: what it shows would stand under a title that isn't its own.
    drawn = [chosen, text, prompt, code, own, shown, *themes]
    picked = gr.on(picks, choose, [page.session, page.kept], drawn, cancels=[ran], **QUIETLY)
    buttons.ready_after(picked)
    page.session.change(own_lines, [chosen, page.session], own, **QUIETLY)
    page.translate(short, lambda words: words("lesson_short", tokens=TOKENS))
    page.translate(text, partial(_text, first))


def _titles(theme: str, words: Words) -> list[tuple[str, str]]:
    return [
        (f"{lesson.number}  {lesson.told(words.language)[0]}", name)
        for name, lesson in lessons().items()
        if lesson.theme == theme
    ]


def _text(lesson: Lesson, words: Words) -> str:
    title, text = lesson.told(words.language)
    return f"## {lesson.number}  {title}\n\n{text}\n\n*{_held_with(words, lesson)}*"


def _held_with(words: Words, lesson: Lesson) -> str:
    """The versions with which its tests passed last, and those that are here, where they differ."""
    held, here = versions().get(lesson.name, {}), {}
    for package in held:
        with suppress(PackageNotFoundError):
            here[package] = version(package)
    known = words("lesson_held", versions=_listed(held)) if held else words("lesson_untested")
    return known if here == held else f"{known} {words('lesson_here', versions=_listed(here))}"


def _listed(versions: Mapping[str, str]) -> str:
    return ", ".join(f"{package} {version}" for package, version in versions.items())


def source(lesson: Lesson, elem_id: str) -> gr.Code:
    """The file that runs, byte for byte."""
    return gr.Code(
        lesson.source,
        language="python",
        label=f"components/lessons/{lesson.file.name}",
        interactive=False,
        wrap_lines=True,
        elem_id=elem_id,
        elem_classes="lesson-source",
    )


def output(lesson: Lesson, elem_id: str) -> gr.HTML:
    return component("lessons", "follow", value=empty(lesson), elem_id=elem_id, elem_classes="lesson-output")


def empty(lesson: Lesson) -> Message:
    """Before any run, and when another lesson is chosen; without its name, before the same is run again."""
    return message({"lesson": lesson.name})


class LessonsView(View):
    """A message's `lines` are new, `[time, text]`; `said`: `[look, sentence]`."""

    def __init__(self, words: Words, lesson: Lesson, ask: Ask) -> None:
        super().__init__(words)
        self._lesson = lesson
        self._ask = ask

    def body(self, frame: Frame) -> dict[str, Any]:
        new = [(part.began - frame.started, text) for part, text in frame.new if part.kind == "line"]
        return {
            "lesson": self._lesson.name,
            "lines": [[f"{at * 1000:.0f} ms", sendable(text)] for at, text in new],
            "said": self._said(frame),
            "ended": frame.report is not None,
        }

    def _said(self, frame: Frame) -> list[tuple[str, str]]:
        words, report = self.words, frame.report
        if report is not None:
            faults = [report.fault] if report.fault is not None else []
            said = [("fault", " ".join(sentences(words, fault, **known(self._ask)))) for fault in faults]
            return [*said, ("figures", sendable(lesson_ended(words, frame, report)))]
        if lines := len(frame.lines):
            return [("figures", line_count(words, lines + frame.left_out))]
        if frame.place or frame.retry is not None:
            return [("figures", waiting_line(words, frame, "", **known(self._ask)))]
        return [("figures", words("lesson_waiting"))]
