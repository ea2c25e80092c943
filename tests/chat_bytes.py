"""The bytes of chat completions, as servers stream them."""

from __future__ import annotations

import json
from typing import Any

DONE = "data: [DONE]\n\n"


def chunk(content: Any = None, finish: Any = None, **more: Any) -> dict[str, Any]:
    """A chunk; `delta` and anything else of its own in `more`."""
    delta = more.pop("delta", {} if content is None else {"content": content})
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    frame = {"id": "c1", "object": "chat.completion.chunk", "created": 1700000000, "model": "m"}
    return {**frame, "choices": [choice], **more}


def thought(text: str, name: str = "reasoning_content") -> dict[str, Any]:
    return chunk(delta={name: text})


def event(data: dict[str, Any] | str) -> str:
    text = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False)
    return f"data: {text}\n\n"


def stream(*chunks: dict[str, Any] | str, end: str = DONE) -> bytes:
    """A whole body; a string is sent as it is."""
    parts = [one if isinstance(one, str) else event(one) for one in chunks]
    return ("".join(parts) + end).encode("utf-8", "surrogatepass")


def usage(asked: Any, wrote: Any, **more: Any) -> dict[str, Any]:
    told = {"prompt_tokens": asked, "completion_tokens": wrote, **more}
    if isinstance(asked, int) and isinstance(wrote, int):
        told.setdefault("total_tokens", asked + wrote)
    return {"usage": told}
