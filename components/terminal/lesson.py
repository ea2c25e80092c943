"""A lesson in a terminal: its lines with their times, over the environment's model."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import aclosing
from typing import TYPE_CHECKING

from components.lessons.registry import Lesson, lessons

if TYPE_CHECKING:
    from components.runs.ask import Ask
    from components.runs.lab import Lab
    from components.streaming import Stop
    from components.terminal.screen import Screen
    from components.terminal.views import Answer, View


def listed() -> Iterator[str]:
    """A line for each lesson."""
    width = max(map(len, lessons()))
    for lesson in lessons().values():
        yield f"{lesson.number:2} {lesson.name:{width}}  {lesson.title}"


def view(lesson: Lesson) -> View:
    """A view of this lesson; what is asked is its prompt, unless there is another message."""

    async def show_lesson(lab: Lab, ask: Ask, screen: Screen, stop: Stop) -> Answer:
        from components.locale.lesson import ended, plain
        from components.runs import lesson as lessons_run
        from components.terminal.views import Answer, tell_retry

        short = lessons_run.ask_for(lab, lesson, ask.message or lesson.prompt, ask.choice)
        shown = 0
        async with aclosing(lessons_run.frames(lab, lesson, short, stop)) as frames:
            async for frame in frames:
                tell_retry(screen, short, frame)
                for line in frame.lines[shown:]:
                    screen.under_way("")
                    screen.write(plain(line))
                shown = len(frame.lines)
                if (report := frame.report) is not None:
                    return Answer(frame.text, report, ended(screen.words, frame, report), report.whole)
        raise RuntimeError("a run without a report")

    return show_lesson
