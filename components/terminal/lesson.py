"""A lesson in a terminal: its lines with their times, over the environment's model."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING

from components.lessons.registry import Lesson, lessons

if TYPE_CHECKING:
    from components.runs.ask import Ask
    from components.runs.lab import Lab
    from components.streaming import Frame, Stop, Trace
    from components.terminal.screen import Screen
    from components.terminal.views import Answer, View

# What a lesson's chain is called in a run file, before its name.
LESSON = "lesson "


def listed() -> Iterator[str]:
    """A line for each lesson."""
    width = max(map(len, lessons()))
    for lesson in lessons().values():
        yield f"{lesson.number:2} {lesson.name:{width}}  {lesson.title}"


def view(lesson: Lesson) -> View:
    """A view of this lesson; what is asked is its prompt, unless there is another message."""

    async def show_lesson(lab: Lab, ask: Ask, screen: Screen, stop: Stop, trace: Trace) -> Answer:
        from components.runs import lesson as lessons_run
        from components.runs.ask import known

        trace.about = replace(trace.about, chain=f"{LESSON}{lesson.name}")
        short = lessons_run.ask_for(lab, lesson, ask.message or lesson.prompt, ask.choice)
        shown = await tell(lessons_run.frames(lab, lesson, short, stop, trace), screen, known(short))
        if shown is None:
            raise RuntimeError("a run without a report")
        return shown

    return show_lesson


async def tell(running: AsyncGenerator[Frame], screen: Screen, known: Mapping[str, str]) -> Answer | None:
    """A line after the other, each with its time. None for a run that never ended."""
    from components.locale.lesson import ended, plain
    from components.terminal.views import Answer, tell_retry

    shown = 0
    async with aclosing(running) as frames:
        async for frame in frames:
            tell_retry(screen, frame, known)
            for line in frame.lines[shown:]:
                screen.under_way("")
                screen.write(plain(line))
            shown = len(frame.lines)
    report = frame.report
    if report is None:
        return None
    return Answer(frame.text, report, ended(screen.words, frame, report), report.whole)
