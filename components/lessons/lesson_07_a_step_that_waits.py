"""A step that breaks the stream."""

from typing import Any

from langchain_core.output_parsers import JsonOutputParser
from langchain_core.runnables import Runnable


def names(reply: Any) -> list[str]:
    """Needs the whole object."""
    countries = reply.get("countries") if isinstance(reply, dict) else None
    return [country["name"] for country in countries or [] if "name" in country]


def lesson(model: Runnable[Any, Any], prompt: str) -> None:
    chain = model | JsonOutputParser() | names
    pieces = 0
    for piece in chain.stream(prompt):
        pieces += 1
        print(piece)
    print(f"pieces: {pieces}")
