"""A graph of two nodes, each with the model in it: an outline, then the text that follows it."""

from typing import Any, TypedDict

from langchain_core.language_models import BaseChatModel
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import Runnable
from langgraph.graph import START, StateGraph

from components.chains.graph_text import GraphText
from components.chains.text_parser import TextParser
from components.streaming.connection import Connection

OUTLINE = "Name three short points that an answer to this should make, one on each line: {prompt}"
WRITE = "{prompt}\n\nMake these points in three short sentences:\n{outline}"


class State(TypedDict, total=False):
    prompt: str
    outline: str
    text: str


def build(connection: Connection) -> GraphText:
    outline = node("outline", OUTLINE, connection.model, "outline")
    write = node("text", WRITE, connection.model, "answer")
    graph = StateGraph(State).add_sequence([("outline", outline), ("write", write)])
    return GraphText("graph", graph.add_edge(START, "outline").compile(name="nodes"), "write")


def node(key: str, asks: str, model: BaseChatModel, tag: str) -> Runnable[Any, dict[str, str]]:
    """A node gives what it changes of the state: what the model says goes under `key`."""
    prompt = ChatPromptTemplate([("human", asks)])
    return prompt | model.with_config(tags=[tag]) | TextParser() | (lambda text: {key: text})
