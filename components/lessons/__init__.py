"""The examples of the tutorials, one file each, and what runs them. No Gradio in here."""

from components.lessons.frames import Ended, LessonFrame, Line
from components.lessons.own_file import own_file
from components.lessons.registry import Lesson, find, lessons, model_for
from components.lessons.run import run

__all__ = ["Ended", "Lesson", "LessonFrame", "Line", "find", "lessons", "model_for", "own_file", "run"]
