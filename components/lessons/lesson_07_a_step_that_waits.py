"""A step that breaks the stream.

Look for the silence: one line, at the very end. The model streams and the parser
streams, but the last step is a plain function. It is called with a finished
value, so LangChain collects everything before it first.

One such step is enough, wherever it stands: what comes after it gets one piece.
Nothing says so; the chain merely looks as if it couldn't stream. Lesson 8 mends
it.
"""

from collections.abc import Callable
from typing import Any

from langchain_core.output_parsers import JsonOutputParser
from langchain_core.runnables import Runnable

THEME = "json"
JSON = True
PROMPT = (
    "List France, Spain and Japan with their populations in JSON: an object with the key "
    '"countries", a list of objects with the keys "name" and "population".'
)


def names(reply: Any) -> list[str]:
    """Needs the whole object."""
    countries = reply.get("countries") if isinstance(reply, dict) else None
    return [country["name"] for country in countries or [] if "name" in country]


def lesson(model: Runnable[Any, Any], prompt: str, show: Callable[[object], None]) -> None:
    chain = model | JsonOutputParser() | names
    pieces = 0
    for piece in chain.stream(prompt):
        pieces += 1
        show(piece)
    show(f"pieces: {pieces}")
