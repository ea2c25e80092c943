"""The text in whatever a chain yields; and what of a text, and which integers, can be sent.

Browsers round integers from 2**53 on, and orjson, Gradio's, refuses 65 bits.
"""

from __future__ import annotations

import re
from typing import Any, Final

SURROGATE: Final = re.compile("[\ud800-\udfff]")
# The tags around a model's thoughts, as models write them: `<think>`, `<seed:think>`, `<|START_THINKING|>`,
# `<thinking type="x">`, `[THINK]`, and gpt-oss's channels, of which `final` is no thought.
_NAME: Final = (
    r"(?:\w{1,20}:)?(?:ant)?(?:think|thinking|thoughts?|reasoning|reflection|scratchpad|analysis"
    r"|inner_monologue)(?:_\w{1,40})?"
)
OPENS: Final = (
    rf"(?i:<\|?(?:begin_of_|start_)?{_NAME}(?:\s[^<>]{{0,60}})?\|?>|[\[◁]think[\]▷]"
    r"|(?:<\|start\|>assistant)?<\|channel\|>analysis\s?<\|message\|>|<\|channel>thought\n)"
)
CLOSES: Final = (
    rf"(?i:<(?:/\|?|\|/|\|end_(?:of_)?)\s?{_NAME}\s?\|?>|[\[◁]/think[\]▷]|<channel\|>"
    r"|(?:<\|end\|>)?(?:<\|start\|>assistant)?<\|channel\|>final\s?(?:<\|constrain\|>\w{1,20})?<\|message\|>)"
)
# No longer than this is any of them.
LONGEST_TAG: Final = 160
# The largest integer of which a double has no other neighbour (JavaScript's MAX_SAFE_INTEGER).
SAFE: Final = 2**53 - 1


def text_of(chunk: Any) -> str:
    """A string is its own text; a message chunk's text is its text blocks; anything else its `str`."""
    if isinstance(chunk, str):
        return chunk
    text = getattr(chunk, "text", None)
    return str(chunk) if text is None else str(text)


def sendable(text: str) -> str:
    """Without lone surrogates, which no encoding can carry."""
    return SURROGATE.sub("\ufffd", text)


def text_of_data(chunk: Any) -> str:
    """What `text_of` says of the object that `chunk` is the JSON data of; "" for what has no text."""
    if isinstance(chunk, str):  # of every event: patterns would take five times as long
        return chunk
    said = chunk.get("kwargs") if isinstance(chunk, dict) else None
    content = said.get("content", said.get("text")) if isinstance(said, dict) else None
    if not isinstance(content, list):
        return content if isinstance(content, str) else ""
    blocks = [block if isinstance(block, dict) else {"type": "text", "text": block} for block in content]
    texts = [block.get("text") for block in blocks if block.get("type") == "text"]
    return "".join(text for text in texts if isinstance(text, str))


def is_safe(value: Any) -> bool:
    """Of a scalar: whether a browser reads it as it is."""
    return not isinstance(value, int) or -SAFE <= value <= SAFE


def portable(value: Any) -> Any:
    """The value with each integer that isn't safe as a string of its digits; a copy of the containers."""
    if isinstance(value, dict):
        return {key: portable(member) for key, member in value.items()}
    if isinstance(value, list):
        return [portable(item) for item in value]
    return value if is_safe(value) else str(value)
