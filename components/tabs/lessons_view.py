"""What the browser is sent of a lesson's run: what is new."""

from __future__ import annotations

from components.lessons import Lesson
from components.locale import Words
from components.locale.report import lesson_ended, line_count, sentences, waiting_line
from components.runs.ask import Ask, known
from components.streaming import Frame
from components.streaming.text import sendable
from components.tabs.view import Message, View, message


def empty(lesson: Lesson) -> Message:
    """Before any run, and when another lesson is chosen."""
    return message({"lesson": lesson.name})


class LessonsView(View):
    """A message's `lines` are new, `[time, text]`; `said`: `[look, sentence]`."""

    def __init__(self, words: Words, lesson: Lesson, ask: Ask) -> None:
        super().__init__(words)
        self._lesson = lesson
        self._ask = ask
        self._lines = 0

    def message(self, frame: Frame) -> Message:
        lines = frame.lines
        new, self._lines = lines[self._lines :], len(lines)
        body = {
            "lesson": self._lesson.name,
            "lines": [[f"{line.at * 1000:.0f} ms", sendable(line.text)] for line in new],
            "said": self._said(frame),
            "ended": frame.report is not None,
        }
        return self.numbered(body)

    def _said(self, frame: Frame) -> list[tuple[str, str]]:
        words, report = self.words, frame.report
        if report is not None:
            faults = [report.fault] if report.fault is not None else []
            said = [("fault", " ".join(sentences(words, fault, **known(self._ask)))) for fault in faults]
            return [*said, ("figures", sendable(lesson_ended(words, frame, report)))]
        if self._lines:
            return [("figures", line_count(words, self._lines + frame.left_out))]
        if frame.place or frame.retry is not None:
            return [("figures", waiting_line(words, frame, "", **known(self._ask)))]
        return [("figures", words("lesson_waiting"))]
