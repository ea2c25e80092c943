"""A lesson in a terminal: its lines with their times, over the environment's model."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from components.lessons.registry import Lesson, lessons

if TYPE_CHECKING:
    from components.runs.ask import Ask
    from components.runs.lab import Lab
    from components.streaming import Stop, Trace
    from components.terminal.screen import Screen
    from components.terminal.views import Answer, View


def listed(language: str) -> Iterator[str]:
    """A line for each lesson."""
    width = max(map(len, lessons()))
    for lesson in lessons().values():
        yield f"{lesson.number:2} {lesson.name:{width}}  {lesson.told(language)[0]}"


def view(lesson: Lesson) -> View:
    """A view of this lesson; what is asked is its prompt, unless there is another message."""

    async def show_lesson(lab: Lab, ask: Ask, screen: Screen, stop: Stop, trace: Trace) -> Answer:
        from components.runs import lesson as lessons_run
        from components.runs.ask import known
        from components.terminal.views import whole

        trace.about = replace(trace.about, chain=f"lesson {lesson.name}")
        short = lessons_run.ask_for(lab, lesson, ask.message or lesson.prompt, ask.choice)
        running = lessons_run.frames(lab, lesson, short, stop, trace)
        return await whole(running, screen, known(short), lesson=True)

    return show_lesson
