"""An agent's stream: it thinks, calls, waits for the tool, answers."""

from typing import Any

from langchain.agents import create_agent
from langchain.tools import ToolRuntime
from langchain_core.language_models import BaseChatModel
from langchain_core.tools import tool


@tool
def count_letters(word: str, runtime: ToolRuntime) -> str:
    """Count the letters of a word."""
    for number, letter in enumerate(word[:5], 1):
        runtime.emit_output_delta(f"{number} {letter}")
    return f"The word has {len(word)} letters."


async def lesson(model: BaseChatModel, prompt: str) -> None:
    agent: Any = create_agent(model, [count_letters])
    asked = {"messages": [("user", prompt)]}
    modes = ["messages", "tools", "updates"]
    limit = {"recursion_limit": 16}  # a model may call for ever
    async for part in agent.astream(asked, limit, stream_mode=modes, version="v2"):
        kind, data = part["type"], part["data"]
        if kind == "messages":
            chunk, metadata = data
            print(f"messages {metadata['langgraph_node']:5} {chunk.content_blocks}")
        elif kind == "tools":
            print(f"tools    {data['event']} {data.get('delta') or data.get('output') or data.get('input')}")
        else:
            print(f"updates  {', '.join(data)}")
