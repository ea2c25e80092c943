"""Filter events by name."""

from typing import Any

from langchain_core.output_parsers import JsonOutputParser
from langchain_core.runnables import Runnable


async def lesson(model: Runnable[Any, Any], prompt: str) -> None:
    named = model.with_config(run_name="model")
    chain = named | JsonOutputParser().with_config(run_name="my_parser")
    async for event in chain.astream_events(prompt, include_names=["my_parser"]):
        print(f"{event['name']:10} {event['event']:18} {event['data'].get('chunk', '')}")
