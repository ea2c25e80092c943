"""The examples of the tutorials, one file each, and how the engine reads them. No Gradio in here."""

from components.lessons.reader import reader_of
from components.lessons.registry import THEMES, Lesson, find, lessons, model_for, own_file, versions

__all__ = ["THEMES", "Lesson", "find", "lessons", "model_for", "own_file", "reader_of", "versions"]
