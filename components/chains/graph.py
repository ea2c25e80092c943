"""A graph of two nodes, each with the model in it: an outline, then the text that follows it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any, TypedDict

from langchain_core.language_models import BaseChatModel
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import Runnable, RunnableGenerator
from langgraph.graph import END, START, StateGraph

from components.chains.text_parser import TextParser
from components.streaming.text import text_of

OUTLINE = "Name three short points that an answer to this should make, one on each line: {prompt}"
WRITE = "{prompt}\n\nMake these points in three short sentences:\n{outline}"
# The node whose text is the answer.
LAST = "write"


class State(TypedDict, total=False):
    prompt: str
    outline: str
    text: str


def build(model: BaseChatModel) -> Runnable[dict[str, str], str]:
    """Text in pieces for `{"prompt": ...}`: what the second node's model says."""
    graph = compiled(model)

    def stream(inputs: Iterator[dict[str, str]]) -> Iterator[str]:
        for given in inputs:
            for said in graph.stream(_state(given), stream_mode="messages"):
                if _answers(said):
                    yield text_of(said[0])

    async def astream(inputs: AsyncIterator[dict[str, str]]) -> AsyncIterator[str]:
        async for given in inputs:
            async for said in graph.astream(_state(given), stream_mode="messages"):
                if _answers(said):
                    yield text_of(said[0])

    return RunnableGenerator(stream, astream, name="answer").with_config(run_name="graph")


def compiled(model: BaseChatModel) -> Any:
    outline = ChatPromptTemplate([("human", OUTLINE)]) | model.with_config(tags=["outline"]) | TextParser()
    write = ChatPromptTemplate([("human", WRITE)]) | model.with_config(tags=["answer"]) | TextParser()
    graph = StateGraph(State)
    graph.add_node("outline", _node("outline", outline))
    graph.add_node(LAST, _node("text", write))
    graph.add_edge(START, "outline")
    graph.add_edge("outline", LAST)
    graph.add_edge(LAST, END)
    return graph.compile(name="nodes")


def _node(key: str, chain: Runnable[Any, str]) -> Runnable[Any, dict[str, str]]:
    """A node gives what it changes of the state."""
    return chain | (lambda text: {key: text})


def _state(given: dict[str, str]) -> State:
    return {"prompt": given["prompt"]}


def _answers(said: Any) -> bool:
    """Messages come with the metadata of the node they are from."""
    return bool(said[1].get("langgraph_node") == LAST)
