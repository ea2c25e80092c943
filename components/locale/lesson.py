"""A lesson's output and how its run ended, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from components.locale import Words
from components.locale.report import SEPARATOR, duration
from components.streaming.text import sendable

if TYPE_CHECKING:
    from components.streaming import Frame, Report
    from components.streaming.parts import Line


def ended(words: Words, frame: Frame, report: Report) -> str:
    """How a run ended, in figures."""
    lines = line_count(words, len(frame.lines) + frame.left_out)
    if report.fault is not None:
        parts = [lines, words("lesson_failed", value=duration(report.seconds))]
    elif report.verdict != "stopped":
        parts = [lines, words("lesson_done", value=duration(report.seconds))]
    elif report.closed_after is None:
        parts = [words("lesson_open", lines=lines)]
    else:
        parts = [words("lesson_stopped", lines=lines, value=duration(report.closed_after))]
    if report.outcome.finish_reason == "length":
        parts.append(words("lesson_length"))
    if frame.left_out:
        parts.append(words("lesson_left_out", count=frame.left_out))
    return SEPARATOR.join(parts)


def line_count(words: Words, number: int) -> str:
    return words("lesson_one_line") if number == 1 else words("lesson_lines", value=number)


def plain(line: Line) -> str:
    """For programs: its time in milliseconds, then what it says."""
    return f"{line.at * 1000:7.0f} ms  {sendable(line.text)}\n"
