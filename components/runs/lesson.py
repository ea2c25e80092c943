"""One lesson over what a session chose."""

from collections.abc import AsyncGenerator
from dataclasses import replace
from typing import Any

from components.lessons import Lesson, model_for, reader_of
from components.providers import Choice
from components.runs.ask import Ask, start
from components.runs.lab import Lab
from components.streaming import Connection, Frame, Stop, Trace

# A lesson shows how a reply comes, not all of it; some ask the model several times.
TOKENS = 160


def ask_for(lab: Lab, lesson: Lesson, prompt: str, choice: Choice, visitor: str | None = None) -> Ask:
    """What a lesson asks: the session's choice, with a short reply."""
    in_json = lab.providers[choice.provider].in_json if lesson.json else {}
    values = {**choice.values, **in_json}
    short = replace(choice, max_tokens=min(choice.max_tokens, TOKENS), values=values)
    return Ask(prompt, [], short, "", "astream" if lesson.is_async else "stream", visitor)


def frames(
    lab: Lab, lesson: Lesson, ask: Ask, stop: Stop, trace: Trace | None = None
) -> AsyncGenerator[Frame]:
    """What the lesson shows stands in the frames' lines."""

    def prepare(connection: Connection) -> tuple[Any, Any]:
        lesson.load(print)  # what it imports is no part of its time
        return model_for(lesson, connection), ask.message

    return start(
        lab, ask, f"lesson {lesson.name}", prepare, stop, reader=reader_of(lesson, stop), trace=trace
    )
