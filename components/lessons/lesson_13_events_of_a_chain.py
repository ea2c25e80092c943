"""Events of a chain."""

from collections.abc import Callable
from contextlib import aclosing
from typing import Any

from langchain_core.output_parsers import JsonOutputParser
from langchain_core.runnables import Runnable


async def lesson(model: Runnable[Any, Any], prompt: str, show: Callable[[object], None]) -> None:
    chain = model | JsonOutputParser()
    count = 0
    async with aclosing(chain.astream_events(prompt)) as events:  # type: ignore[type-var]
        async for event in events:
            kind, data = event["event"], event["data"]
            if kind.endswith("_start"):
                show(f"{kind}: {event['name']}, inside {len(event['parent_ids'])} others")
            elif kind == "on_chat_model_stream":
                show(f"  model chunk   {data['chunk'].text or data['chunk'].content_blocks!r}")
            elif kind == "on_parser_stream":
                show(f"  parser chunk  {data['chunk']}")
            if (count := count + 1) == 30:
                break
    show(f"events: {count}")
