"""What the browser is sent of a lesson's run: what is new, numbered (Gradio sends the last one twice)."""

from __future__ import annotations

import uuid
from typing import Any

from components.lessons import Lesson
from components.locale import Words
from components.locale.report import lesson_ended, line_count, sentences, waiting_line
from components.runs.ask import Ask, known
from components.streaming import Frame
from components.streaming.text import sendable

Message = dict[str, Any]


def empty(words: Words, lesson: Lesson) -> Message:
    """Before any run, and when another lesson is chosen."""
    labels = {"empty": words("lesson_empty"), "lost": words("json_lost"), "output": words("lesson_output")}
    return {uuid.uuid4().hex[:8]: {"labels": labels, "lesson": lesson.name}}


class LessonsView:
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

    def message(self, frame: Frame) -> Message:
        self._number += 1
        lines = frame.lines
        new, self._lines = lines[self._lines :], len(lines)
        return {
            f"{self._run}.{self._number}": {
                "lesson": self._lesson.name,
                "run": self._run,
                "n": self._number,
                "lines": [[f"{line.at * 1000:.0f} ms", sendable(line.text)] for line in new],
                "said": self._said(frame),
                "ended": frame.report is not None,
            }
        }

    def _said(self, frame: Frame) -> list[tuple[str, str]]:
        words, report = self._words, frame.report
        if report is not None:
            faults = [report.fault] if report.fault is not None else []
            said = [("fault", " ".join(sentences(words, fault, **known(self._ask)))) for fault in faults]
            return [*said, ("figures", sendable(lesson_ended(words, frame, report)))]
        if self._lines:
            return [("figures", line_count(words, self._lines + frame.left_out))]
        if frame.place or frame.retry is not None:
            return [("figures", waiting_line(words, frame, "", **known(self._ask)))]
        return [("figures", words("lesson_waiting"))]
