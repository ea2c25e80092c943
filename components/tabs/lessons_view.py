"""What the browser is sent of a lesson's run: what is new, numbered (Gradio sends the last one twice)."""

from __future__ import annotations

import uuid
from typing import Any

from components.lessons import Lesson, LessonFrame
from components.locale import Words
from components.locale.lesson import how, line_count
from components.locale.report import SEPARATOR, in_line, sentences
from components.runs.ask import Ask, known
from components.streaming.text import sendable

Message = dict[str, Any]


def empty(words: Words, lesson: Lesson) -> Message:
    """Before any run, and when another lesson is chosen."""
    labels = {"empty": words("lesson_empty"), "lost": words("json_lost"), "output": words("lesson_output")}
    return {uuid.uuid4().hex[:8]: {"labels": labels, "lesson": lesson.name}}


class View:
    """One run's messages: `{name: {lesson, run, n, lines: [[time, text]], said: [[look, sentence]], ended}}`.

    The name is another each time: Gradio sends what differs from the last value key by key.
    """

    def __init__(self, words: Words, lesson: Lesson, ask: Ask) -> None:
        self._words = words
        self._lesson = lesson
        self._ask = ask
        self._run = uuid.uuid4().hex[:8]
        self._number = 0
        self._lines = 0

    def message(self, frame: LessonFrame) -> Message:
        self._number += 1
        self._lines += len(frame.lines)
        return {
            f"{self._run}.{self._number}": {
                "lesson": self._lesson.name,
                "run": self._run,
                "n": self._number,
                "lines": [[f"{line.at * 1000:.0f} ms", sendable(line.text)] for line in frame.lines],
                "said": self._said(frame),
                "ended": frame.ended is not None,
            }
        }

    def _said(self, frame: LessonFrame) -> list[tuple[str, str]]:
        words, ended = self._words, frame.ended
        if ended is None:
            if frame.place:
                return [("figures", in_line(words, frame.place))]
            waits = not self._lines
            return [("figures", words("lesson_waiting") if waits else line_count(words, self._lines))]
        said = []
        if ended.fault is not None:
            said.append(("fault", " ".join(sentences(words, ended.fault, **known(self._ask)))))
        figures = SEPARATOR.join(how(words, ended))
        return [*said, ("figures", sendable(figures))]
