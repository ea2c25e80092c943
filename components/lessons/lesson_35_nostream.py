"""Keep a model's tokens out of the stream: nostream."""

from collections.abc import Callable
from typing import Any

from langchain_core.language_models import BaseChatModel
from langgraph.graph import END, START, MessagesState, StateGraph


def lesson(model: BaseChatModel, prompt: str, show: Callable[[object], None]) -> None:
    graph = StateGraph(MessagesState)
    tags = {"plain": [], "quiet": ["nostream"], "older": ["langsmith:nostream"]}
    before = START
    for name, given in tags.items():
        tagged = model.with_config(tags=given)

        def node(state: MessagesState, tagged: Any = tagged) -> dict[str, Any]:
            return {"messages": [tagged.invoke(state["messages"][:1])]}

        graph.add_node(name, node)
        graph.add_edge(before, name)
        before = name
    graph.add_edge(before, END)
    built: Any = graph.compile()
    asked = {"messages": [("user", prompt)]}
    for part in built.stream(asked, stream_mode=["messages", "updates"], version="v2"):
        data = part["data"]
        if part["type"] == "messages":
            show(f"{data[1]['langgraph_node']}: {data[0].text or data[0].content_blocks!r}")
        else:
            show(f"updates: {', '.join(data)}")
