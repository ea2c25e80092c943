"""Events of a chain."""

from contextlib import aclosing
from typing import Any

from langchain_core.output_parsers import JsonOutputParser
from langchain_core.runnables import Runnable


async def lesson(model: Runnable[Any, Any], prompt: str) -> None:
    chain = model | JsonOutputParser()
    count = 0
    async with aclosing(chain.astream_events(prompt)) as events:  # type: ignore[type-var]
        async for event in events:
            kind, data = event["event"], event["data"]
            if kind.endswith("_start"):
                print(f"{kind}: {event['name']}, inside {len(event['parent_ids'])} others")
            elif kind == "on_chat_model_stream":
                print(f"  model chunk   {data['chunk'].text or data['chunk'].content_blocks!r}")
            elif kind == "on_parser_stream":
                print(f"  parser chunk  {data['chunk']}")
            if (count := count + 1) == 30:
                break
    print(f"events: {count}")
