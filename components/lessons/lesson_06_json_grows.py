"""An object that grows: JsonOutputParser."""

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


async def lesson(model: Runnable[Any, Any], prompt: str, show: Callable[[object], None]) -> None:
    chain = model | JsonOutputParser()
    async for value in chain.astream(prompt):
        show(value)
