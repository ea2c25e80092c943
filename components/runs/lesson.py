"""One lesson over what a session chose."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import replace
from typing import Any

from components.lessons import Lesson, LessonFrame, model_for, run
from components.providers import Choice
from components.runs.ask import Ask
from components.runs.lab import Lab
from components.runs.source import open_source
from components.streaming import Connection, Stop

# A lesson shows how a reply comes, not all of it; some ask the model several times.
TOKENS = 160


def ask_for(lab: Lab, lesson: Lesson, prompt: str, choice: Choice, visitor: str | None = None) -> Ask:
    """What a lesson asks: the session's choice, with a short reply."""
    in_json = lab.providers[choice.provider].in_json if lesson.json else {}
    values = {**choice.values, **in_json}
    short = replace(choice, max_tokens=min(choice.max_tokens, TOKENS), values=values)
    return Ask(prompt, [], short, "", "astream" if lesson.is_async else "stream", visitor)


def frames(lab: Lab, lesson: Lesson, ask: Ask, stop: Stop) -> AsyncGenerator[LessonFrame]:
    def prepare(connection: Connection) -> tuple[Any, Any]:
        return model_for(lesson, connection), ask.message

    return run(
        lesson,
        lambda: open_source(lab, ask, prepare),
        stop=stop,
        live=lab.live,
        admission=lab.admission(ask, f"lesson {lesson.name}"),
    )
