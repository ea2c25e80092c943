"""Filter events by tag, which steps inherit."""

from typing import Any

from langchain_core.output_parsers import JsonOutputParser
from langchain_core.runnables import Runnable


async def lesson(model: Runnable[Any, Any], prompt: str) -> None:
    whole = (model | JsonOutputParser()).with_config(tags=["my_chain"])
    async for event in whole.astream_events(prompt, include_tags=["my_chain"]):
        print(f"my_chain   {event['event']:21} {', '.join(event['tags'])}")

    step = model | JsonOutputParser().with_config(tags=["my_parser"])
    async for event in step.astream_events(prompt, include_tags=["my_parser"]):
        print(f"my_parser  {event['event']:21} {', '.join(event['tags'])}")
