"""Components of our own: what each is made of, what it is sent, and what its events say."""

import html
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import gradio as gr
import orjson

from components.locale import Words

Message = dict[str, str]

STATIC: Final = Path(__file__).parent.parent / "static"


def static(*names: str) -> str:
    """The text of these files of the browser's side, joined."""
    return "".join((STATIC / name).read_text("utf-8") for name in names)


def component(name: str, *scripts: str, **properties: Any) -> gr.HTML:
    """`name`.html and `name`.js, which uses these scripts."""
    return gr.HTML(
        html_template=static(f"{name}.html"),
        js_on_load=static(*(f"{script}.js" for script in ("element", *scripts, name))),
        apply_default_css=False,
        **{"elem_id": name, **properties},
    )


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

    def body(self, frame: Any) -> dict[str, Any]:
        """What is new with a frame."""
        raise NotImplementedError

    def messages(self, frame: Any) -> Iterator[Message]:
        yield self.numbered(self.body(frame))

    def numbered(self, body: dict[str, Any]) -> Message:
        self.number += 1
        return message({"run": self.run, "n": self.number, **body})


def message(body: dict[str, Any]) -> Message:
    """One that stands for itself."""
    return {uuid.uuid4().hex[:8]: orjson.dumps(body, option=orjson.OPT_NON_STR_KEYS).decode()}


def note(text: str) -> Message:
    """One line that stands over what is shown until something else is, and changes nothing of it."""
    return message({"note": text})


def told(event: gr.EventData, name: str) -> Any:
    """What the page says of its event; None where it says nothing of it."""
    try:
        return getattr(event, name, None)
    except TypeError:  # it isn't even an object
        return None


def paragraph(text: str, look: str = "") -> str:
    """As HTML; what a model wrote is text, never markup."""
    return f'<p class="{look}">{html.escape(text)}</p>' if text else ""
