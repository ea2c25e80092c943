"""A graph that interrupts itself: an outline, a question to the reader, and the text if they approve."""

from typing import Any

from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START, StateGraph
from langgraph.types import interrupt

from components.chains.graph import OUTLINE, WRITE, State, node
from components.chains.graph_text import GraphText
from components.streaming.connection import Connection


class ApprovalState(State, total=False):
    approved: bool


def build(connection: Connection) -> GraphText:
    """Where there is nobody to ask, nobody approves."""
    outline = node("outline", OUTLINE, connection.model, "outline")
    graph = StateGraph(ApprovalState).add_node("outline", outline).add_node("ask", _ask)
    graph.add_node("write", node("text", WRITE, connection.model, "answer"))
    graph.add_edge(START, "outline").add_edge("outline", "ask")
    graph.add_conditional_edges("ask", lambda state: "write" if state["approved"] else END, ["write", END])
    # What it was doing is kept while it waits.
    compiled = graph.compile(checkpointer=InMemorySaver(), name="nodes")
    return GraphText("approval", compiled, "outline", "write")


def _ask(state: ApprovalState) -> dict[str, Any]:
    """Runs twice: the first time ends at the interrupt, the second has its answer."""
    return {"approved": interrupt({"question": "Write it with these points?", "outline": state["outline"]})}
