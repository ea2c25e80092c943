"""A model that calls a tool, the tool, and the model again with the tool's result."""

import json
from functools import reduce
from operator import add
from typing import Any
from uuid import uuid4

from langchain_core.callbacks import adispatch_custom_event
from langchain_core.messages import AIMessage, BaseMessage, SystemMessage, ToolCall
from langchain_core.prompt_values import PromptValue
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import Runnable, RunnableLambda
from langchain_core.tools import BaseTool, tool

from components.chains.registry import NOT_CALLED
from components.chains.schemas import schema_of
from components.chains.text_parser import TextParser
from components.streaming.connection import Connection
from components.streaming.text import text_of

ASK = (
    "Use the tool count_letters: say which word's letters it is to count. Answer with its arguments as JSON."
)
# Characters of an argument: what is held to a grammar may go on for ever.
LONGEST = 40


@tool
def count_letters(word: str) -> str:
    """Count the letters of a word."""
    return f'The word "{word}" has {sum(letter.isalpha() for letter in word)} letters.'


def build(connection: Connection) -> Runnable[dict[str, str], str]:
    """Text in pieces for `{"prompt": ...}`: the answer after the tool; what the model said if it called none.

    A model that calls no tool is said to by a custom event named `NOT_CALLED`.
    """
    prompt = ChatPromptTemplate([("system", ASK), ("human", "{prompt}")])
    answer = connection.model.with_config(run_name="answer", tags=["answer"]) | TextParser()

    # A function that returns a runnable streams what that one streams. The model is asked in here and not in
    # a step beside the prompt: a parallel step would leave its task behind when the run is stopped.
    async def go_on(asked: PromptValue) -> Any:
        said = reduce(add, [chunk async for chunk in choose.astream(asked)])
        call = called(said, count_letters)
        if call is None:
            await adispatch_custom_event(NOT_CALLED, {"tool": count_letters.name})
            return text_of(said)
        question = [message for message in asked.to_messages() if not isinstance(message, SystemMessage)]

        async def run_tool(_: Any) -> list[BaseMessage]:
            return [*question, AIMessage("", tool_calls=[call]), await count_letters.ainvoke(call)]

        return RunnableLambda(run_tool) | answer

    # A server whose model calls no tools can still hold it to a schema: the tool's arguments.
    if (connection.model.profile or {}).get("tool_calling") is False:
        bound = connection.held_to(arguments_of(count_letters)) or connection.model
    else:
        bound = connection.model.bind_tools([count_letters], tool_choice=count_letters.name)
    choose = bound.with_config(run_name="choose", tags=["choose"])
    return (prompt | RunnableLambda(go_on, name="tool_or_answer")).with_config(run_name="tools")


def arguments_of(tool: BaseTool) -> dict[str, Any]:
    """The schema of a tool's arguments, all of them strings."""
    return schema_of(**{name: {"type": "string", "maxLength": LONGEST} for name in tool.args})


def called(said: BaseMessage, tool: BaseTool) -> ToolCall | None:
    """The call in a reply: as a provider reports it, or the tool's arguments and nothing else."""
    calls = said.tool_calls if isinstance(said, AIMessage) else []
    if calls:
        call = calls[0]
    else:
        try:
            arguments = json.loads(text_of(said))
        except ValueError:
            return None
        call = ToolCall(name=tool.name, args=arguments, id=uuid4().hex, type="tool_call")
    given: Any = call["args"]
    fits = isinstance(given, dict) and given.keys() == tool.args.keys() and call["name"] == tool.name
    return call if fits and all(isinstance(one, str) for one in given.values()) else None
