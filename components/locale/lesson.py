"""How a lesson's run ended, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from components.locale import Words
from components.locale.report import duration

if TYPE_CHECKING:
    from components.lessons import Ended


def how(words: Words, ended: Ended) -> list[str]:
    """How a run ended, in figures."""
    lines = line_count(words, ended.lines)
    more = [words("lesson_left_out", count=ended.left_out)] if ended.left_out else []
    if ended.fault is not None:
        return [lines, words("lesson_failed", value=duration(ended.seconds)), *more]
    if not ended.stopped:
        return [lines, words("lesson_done", value=duration(ended.seconds)), *more]
    if ended.closed_after is None:
        return [words("lesson_open", lines=lines), *more]
    return [words("lesson_stopped", lines=lines, value=duration(ended.closed_after)), *more]


def line_count(words: Words, number: int) -> str:
    return words("lesson_one_line") if number == 1 else words("lesson_lines", value=number)
