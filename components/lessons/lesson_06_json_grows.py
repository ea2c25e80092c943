"""An object that grows: JsonOutputParser."""

from typing import Any

from langchain_core.output_parsers import JsonOutputParser
from langchain_core.runnables import Runnable


async def lesson(model: Runnable[Any, Any], prompt: str) -> None:
    chain = model | JsonOutputParser()
    async for value in chain.astream(prompt):
        print(value)
