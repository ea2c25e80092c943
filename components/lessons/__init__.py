"""The examples of the tutorials, one file each, and how the engine reads them. No Gradio in here."""

from components.lessons.own_file import own_file
from components.lessons.reader import reader_of
from components.lessons.registry import Lesson, find, lessons, model_for

__all__ = ["Lesson", "find", "lessons", "model_for", "own_file", "reader_of"]
