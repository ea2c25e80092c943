"""Events of a chain.

Look at the first lines: three starts, though there are two steps. The chain
itself is a run, and the model and the parser are runs inside it; `parent_ids`
says so. Then the model's chunks and the parser's objects take turns, in the order
in which they really happen: an object follows the chunk that made it possible.

A parser that gives the same object as before gives no event: not every chunk of
the model has one of the parser.
"""

from collections.abc import Callable
from typing import Any

from langchain_core.output_parsers import JsonOutputParser
from langchain_core.runnables import Runnable

JSON = True
PROMPT = (
    "List France, Spain and Japan with their populations in JSON: an object with the key "
    '"countries", a list of objects with the keys "name" and "population".'
)


async def lesson(model: Runnable[Any, Any], prompt: str, show: Callable[[object], None]) -> None:
    chain = model | JsonOutputParser()
    async for event in chain.astream_events(prompt):
        kind, data = event["event"], event["data"]
        if kind.endswith("_start"):
            show(f"{kind}: {event['name']}, inside {len(event['parent_ids'])} others")
        elif kind == "on_chat_model_stream":
            show(f"  model chunk   {data['chunk'].text or data['chunk'].content_blocks!r}")
        elif kind == "on_parser_stream":
            show(f"  parser chunk  {data['chunk']}")
