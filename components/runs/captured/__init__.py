"""A stream that somebody captured elsewhere: read, whatever wrote it down, and played as a run."""

from components.runs.captured.capture import LARGEST, LARGEST_STREAM, Capture
from components.runs.captured.forms import capture_in, capture_of
from components.runs.captured.play import play

__all__ = ["LARGEST", "LARGEST_STREAM", "Capture", "capture_in", "capture_of", "play"]
