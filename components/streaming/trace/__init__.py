"""A run as it happened: a trace, its file, and the way back. Importing this imports no LangChain."""

from components.streaming.trace.encoder import About, Asked, Header
from components.streaming.trace.replay import replay, shown_frames
from components.streaming.trace.run_file import (
    BadFileKind,
    BadRunFile,
    RunFile,
    is_run_file,
    open_run_file,
    seen_by_page,
)
from components.streaming.trace.trace import Trace

__all__ = [
    "About",
    "Asked",
    "BadFileKind",
    "BadRunFile",
    "Header",
    "RunFile",
    "Trace",
    "is_run_file",
    "open_run_file",
    "replay",
    "seen_by_page",
    "shown_frames",
]
