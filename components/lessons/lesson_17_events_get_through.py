"""Events get through where the last step doesn't stream."""

from typing import Any

from langchain_core.output_parsers import JsonOutputParser
from langchain_core.runnables import Runnable


def names(reply: Any) -> list[str]:
    countries = reply.get("countries") if isinstance(reply, dict) else None
    return [country["name"] for country in countries or [] if "name" in country]


async def lesson(model: Runnable[Any, Any], prompt: str) -> None:
    chain = model | JsonOutputParser() | names
    async for piece in chain.astream(prompt):
        print(f"astream: {piece}")
    async for event in chain.astream_events(prompt):
        data = event["data"]
        if event["event"] == "on_chat_model_stream":
            print(f"model chunk   {data['chunk'].text or data['chunk'].content_blocks!r}")
        elif event["event"] == "on_parser_stream":
            print(f"parser chunk  {data['chunk']}")
        elif event["event"] == "on_chain_stream" and not event["parent_ids"]:
            print(f"chain chunk   {data['chunk']}")
