"""A model that calls a tool, the tool, and the model again with the tool's result."""

from __future__ import annotations

import json
from functools import reduce
from operator import add
from typing import Any
from uuid import uuid4

from langchain_core.callbacks import adispatch_custom_event, dispatch_custom_event
from langchain_core.messages import AIMessage, BaseMessage, SystemMessage, ToolCall
from langchain_core.prompt_values import PromptValue
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import Runnable, RunnableLambda
from langchain_core.tools import tool

from components.chains.text_parser import TextParser
from components.streaming.connection import Connection
from components.streaming.text import text_of

ASK = (
    "Use the tool count_letters: say which word's letters it is to count. Answer with its arguments as JSON."
)
# The event that says that no tool ran.
NOT_CALLED = "tool_not_called"
LONGEST_WORD = 40


@tool
def count_letters(word: str) -> str:
    """Count the letters of a word."""
    return f'The word "{word}" has {sum(letter.isalpha() for letter in word)} letters.'


ARGUMENTS: dict[str, Any] = {
    "type": "object",
    "properties": {"word": {"type": "string", "maxLength": LONGEST_WORD}},
    "required": ["word"],
    "additionalProperties": False,
}


def build(connection: Connection) -> Runnable[dict[str, str], str]:
    """Text in pieces for `{"prompt": ...}`: the answer after the tool; what the model said if it called none.

    A model that calls no tool is said to by a custom event named `NOT_CALLED`.
    """
    prompt = ChatPromptTemplate([("system", ASK), ("human", "{prompt}")])
    answer = connection.model.with_config(run_name="answer", tags=["answer"]) | TextParser()

    def follow(asked: PromptValue, said: BaseMessage) -> tuple[ToolCall, list[BaseMessage]] | None:
        call = called(said)
        if call is None:
            return None
        question = [message for message in asked.to_messages() if not isinstance(message, SystemMessage)]
        return call, [*question, AIMessage("", tool_calls=[call])]

    # A function that returns a runnable streams what that one streams. The model is asked in here and not in
    # a step beside the prompt: a parallel step would leave its task behind when the run is stopped.
    def go_on(asked: PromptValue) -> Any:
        followed = follow(asked, said := reduce(add, choose.stream(asked)))
        if followed is None:
            dispatch_custom_event(NOT_CALLED, {"tool": count_letters.name})
            return text_of(said)
        call, messages = followed
        return RunnableLambda(lambda _: [*messages, count_letters.invoke(call)], name="run_tool") | answer

    async def ago_on(asked: PromptValue) -> Any:
        chunks = [chunk async for chunk in choose.astream(asked)]
        followed = follow(asked, said := reduce(add, chunks))
        if followed is None:
            await adispatch_custom_event(NOT_CALLED, {"tool": count_letters.name})
            return text_of(said)
        call, messages = followed

        async def run_tool(_: Any) -> list[BaseMessage]:
            return [*messages, await count_letters.ainvoke(call)]

        return RunnableLambda(run_tool, name="run_tool") | answer

    choose = bound(connection).with_config(run_name="choose", tags=["choose"])
    return (prompt | RunnableLambda(go_on, ago_on, name="tool_or_answer")).with_config(run_name="tools")


def bound(connection: Connection) -> Any:
    """The model made to call the tool, as far as it can be."""
    model = connection.model
    if (model.profile or {}).get("tool_calling") is False:
        # Its server can still hold it to a schema: the tool's arguments.
        return connection.held_to(ARGUMENTS) or model
    return model.bind_tools([count_letters], tool_choice=count_letters.name)


def called(said: BaseMessage) -> ToolCall | None:
    """The call in a reply: as a provider reports it, or the tool's arguments and nothing else."""
    calls = said.tool_calls if isinstance(said, AIMessage) else []
    if calls:
        return calls[0] if calls[0]["name"] == count_letters.name and _fit(calls[0]["args"]) else None
    try:
        arguments = json.loads(text_of(said))
    except ValueError:
        return None
    if not _fit(arguments):
        return None
    return ToolCall(name=count_letters.name, args=arguments, id=uuid4().hex, type="tool_call")


def _fit(arguments: Any) -> bool:
    return isinstance(arguments, dict) and arguments.keys() == {"word"} and isinstance(arguments["word"], str)
