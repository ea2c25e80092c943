"""A graph of two graphs that run side by side, one for and one against, and of a node that weighs both."""

from typing import TypedDict

from langchain_core.language_models import BaseChatModel
from langchain_core.runnables import Runnable
from langgraph.graph import START, StateGraph

from components.chains.graph import node
from components.chains.graph_text import GraphText
from components.streaming.connection import Connection

PRO = "Give two short reasons, one on each line, to say yes to this: {prompt}"
CON = "Give two short reasons, one on each line, to say no to this: {prompt}"
WEIGH = "{prompt}\n\nFor it speaks:\n{pro}\n\nAgainst it speaks:\n{con}\n\nDecide in two short sentences."


class BranchesState(TypedDict, total=False):
    prompt: str
    pro: str
    con: str
    text: str


def build(connection: Connection) -> GraphText:
    model = connection.model
    graph = StateGraph(BranchesState)
    for name, asks in (("pro", PRO), ("con", CON)):
        graph.add_node(name, _branch(name, asks, model)).add_edge(START, name)
    graph.add_node("weigh", node("text", WEIGH, model, "answer")).add_edge(["pro", "con"], "weigh")
    return GraphText("branches", graph.compile(name="nodes"), "weigh")


def _branch(name: str, asks: str, model: BaseChatModel) -> Runnable[BranchesState, dict[str, str]]:
    """It gives its own key and no other: what two branches write at once can't be the same."""
    graph = StateGraph(BranchesState).add_node("reasons", node(name, asks, model, name))
    return graph.add_edge(START, "reasons").compile(name=name) | (lambda state: {name: state[name]})
