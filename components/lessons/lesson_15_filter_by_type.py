"""Filter events by type."""

from typing import Any

from langchain_core.output_parsers import JsonOutputParser
from langchain_core.runnables import Runnable


async def lesson(model: Runnable[Any, Any], prompt: str) -> None:
    named = model.with_config(run_name="model")
    chain = named | JsonOutputParser().with_config(run_name="my_parser")
    async for event in chain.astream_events(prompt, include_types=["chat_model"]):
        chunk = event["data"].get("chunk")
        print(
            f"{event['name']:6} {event['event']:21} {chunk.text or chunk.content_blocks if chunk else ''!r}"
        )
