"""Which form a capture is in."""

from __future__ import annotations

from pathlib import Path

from components.runs.captured.capture import LARGEST, Capture, too_large
from components.runs.captured.curl import of_text, of_trace
from components.runs.captured.har import of_har
from components.streaming.trace import BadRunFile


def capture_in(path: Path) -> Capture:
    """
    Raises:
        BadRunFile: there is no stream in it.
    """
    try:
        size = path.stat().st_size
        if size > LARGEST:
            raise too_large(size, LARGEST)
        return capture_of(path.read_bytes())
    except OSError:
        raise BadRunFile("unreadable") from None


def capture_of(data: bytes) -> Capture:
    """
    Raises:
        BadRunFile: there is no stream in it.
    """
    if len(data) > LARGEST:
        raise too_large(len(data), LARGEST)
    text = data.removeprefix(b"\xef\xbb\xbf")
    if not text.strip():
        raise BadRunFile("empty")
    if text.lstrip()[:1] == b"{" and b'"log"' in text and b'"entries"' in text:
        return of_har(text)
    return of_trace(text) or of_text(text)
