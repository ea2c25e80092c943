"""A tool's arguments as they grow, by index."""

from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessageChunk
from langchain_core.messages.tool import tool_call_chunk as piece
from langchain_core.tools import tool

MADE_UP = [
    piece(name="weather", args="", id="a", index=0),
    piece(name="weather", args="", id="b", index=1),
    piece(args='{"city": "Pa', index=0),
    piece(args='{"city": "Ro', index=1),
    piece(args='ris"}', index=0),
    piece(args='me"}', index=1),
]


@tool
def weather(city: str) -> str:
    """Tell the weather of a city."""
    return f"It rains in {city}."


def lesson(model: BaseChatModel, prompt: str) -> None:
    def told(chunk: Any, whole: AIMessageChunk | None) -> AIMessageChunk:
        whole = whole + chunk if whole else chunk
        for one in chunk.tool_call_chunks:
            calls = [call["args"] for call in whole.tool_calls]
            print(f"index {one['index']}  {one['name'] or ''} {one['args']!r:14} so far {calls}")
        return whole

    whole = None
    for chunk in model.bind_tools([weather]).stream(prompt):
        whole = told(chunk, whole)
    if whole and not whole.tool_calls:
        print(f"no tool was called, but said: {whole.text!r}")

    print("made up: two at once")
    whole = None
    for one in MADE_UP:
        whole = told(AIMessageChunk(content="", tool_call_chunks=[one]), whole)
    if whole:
        print(f"whole: {[weather.invoke(call['args']) for call in whole.tool_calls]}")
