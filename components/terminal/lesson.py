"""A lesson in a terminal: its lines with their times, over the environment's model."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from components.lessons.registry import Lesson, lessons

if TYPE_CHECKING:
    from components.lessons import Ended
    from components.locale import Words
    from components.runs.ask import Ask
    from components.runs.lab import Lab
    from components.streaming import Fault, Stop
    from components.terminal.screen import Screen
    from components.terminal.shown import Shown
    from components.terminal.views import View


@dataclass(frozen=True, slots=True)
class Played:
    ended: Ended

    @property
    def whole(self) -> bool:
        return self.ended.fault is None and not self.ended.stopped

    @property
    def fault(self) -> Fault | None:
        return self.ended.fault

    def line(self, words: Words) -> str:
        from components.locale.lesson import how
        from components.locale.report import SEPARATOR

        return SEPARATOR.join(how(words, self.ended))


def listed() -> Iterator[str]:
    """A line for each lesson."""
    width = max(map(len, lessons()))
    for lesson in lessons().values():
        yield f"{lesson.number:2} {lesson.name:{width}}  {lesson.title}"


def view(lesson: Lesson) -> View:
    """A view of this lesson; what is asked is its prompt, unless there is another message."""

    async def show_lesson(lab: Lab, ask: Ask, screen: Screen, stop: Stop) -> Shown:
        from components.runs import lesson as lessons_run

        short = lessons_run.ask_for(lab, lesson, ask.message or lesson.prompt, ask.choice)
        async with aclosing(lessons_run.frames(lab, lesson, short, stop)) as frames:
            async for frame in frames:
                for line in frame.lines:
                    screen.under_way("")
                    screen.write(line.plain())
                if frame.ended is not None:
                    return Played(frame.ended)
        raise RuntimeError("a lesson without an end")

    return show_lesson
