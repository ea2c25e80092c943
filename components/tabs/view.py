"""What components of our own are sent: JSON, each message under another name."""

import html
import uuid
from typing import Any

import orjson

from components.locale import Words
from components.locale.report import bad_run_file, sentences
from components.streaming import Failure
from components.streaming.trace import BadRunFile

Message = dict[str, str]


class View:
    """One run's messages: `{name: body}`, numbered, as Gradio sends the last one twice.

    The name is another each time: Gradio sends what differs from the last value key by key, and so a whole
    message costs one line. The body is a string because Gradio goes through all that isn't, on the server
    and in the browser, where 5,000 rows would take it 0.2 s.
    """

    def __init__(self, words: Words) -> None:
        self.words = words
        self.run = uuid.uuid4().hex[:8]
        self.number = 0

    def numbered(self, body: dict[str, Any]) -> Message:
        self.number += 1
        return message({"run": self.run, "n": self.number, **body})


def paragraph(text: str, look: str = "") -> str:
    """As HTML; what a model wrote is text, never markup."""
    return f'<p class="{look}">{html.escape(text)}</p>' if text else ""


def message(body: dict[str, Any]) -> Message:
    """One that stands for itself."""
    return {uuid.uuid4().hex[:8]: orjson.dumps(body, option=orjson.OPT_NON_STR_KEYS).decode()}


def note(text: str) -> Message:
    """One line that stands over what is shown until something else is, and changes nothing of it."""
    return message({"note": text})


def refused(words: Words, why: BadRunFile | Failure) -> Message:
    """Why a run file is not shown."""
    return note(
        bad_run_file(words, why) if isinstance(why, BadRunFile) else " ".join(sentences(words, why.fault))
    )
