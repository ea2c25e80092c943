"""LangChain's agent: the model thinks and calls a tool, the tool runs, and the model answers."""

from collections.abc import Awaitable, Callable
from typing import Any

from langchain.agents import create_agent
from langchain.agents.middleware import AgentMiddleware, ModelRequest, ModelResponse, wrap_model_call
from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.tools import BaseTool

from components.chains.graph_text import CHOOSES, GraphText
from components.chains.tools import arguments_of, called, count_letters
from components.streaming.connection import Connection

# A model and its tools take one each. LangChain's own limit is 9,999, and small models call for ever.
STEPS = 16


def build(connection: Connection, tool: BaseTool = count_letters, name: str = "agent") -> GraphText:
    """`tool`: the only one there is."""
    asks = f"Use the tool {tool.name} before you answer."
    held = (connection.model.profile or {}).get("tool_calling") is False
    agent: Any = create_agent(
        connection.model,
        [tool],
        system_prompt=asks,
        middleware=[arguments_held(connection, tool)] if held else [],
        name="agent",
    )
    return GraphText(
        name,
        agent.with_config(recursion_limit=STEPS),
        "model",
        state=lambda given: {"messages": [HumanMessage(given["prompt"])]},
        tool=tool.name,
    )


def arguments_held(connection: Connection, tool: BaseTool) -> AgentMiddleware:
    """For a model that calls no tools: its server holds it to a tool's arguments first, and these are the
    call. Where it can't even do that, it is asked as it is.
    """
    bound = connection.held_to(arguments_of(tool))
    held = bound and bound.with_config(tags=[CHOOSES])

    @wrap_model_call
    async def ask(
        request: ModelRequest[Any], handler: Callable[[ModelRequest[Any]], Awaitable[ModelResponse[Any]]]
    ) -> ModelResponse[Any]:
        if held is None or not isinstance(request.messages[-1], HumanMessage):
            return await handler(request.override(tools=[]))
        response = await handler(request.override(model=held, tools=[]))
        said = response.result[-1]
        if call := called(said, tool):
            response.result = [AIMessage("", tool_calls=[call], id=said.id)]
        return response

    return ask
