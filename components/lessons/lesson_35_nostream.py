"""Keep a model's tokens out of the stream: nostream."""

from typing import Any

from langchain_core.language_models import BaseChatModel
from langgraph.graph import START, MessagesState, StateGraph


def lesson(model: BaseChatModel, prompt: str) -> None:
    def node(*tags: str) -> Any:
        tagged = model.with_config(tags=[*tags])
        return lambda state: {"messages": [tagged.invoke(state["messages"][:1])]}

    nodes = [("plain", node()), ("quiet", node("nostream")), ("older", node("langsmith:nostream"))]
    graph: Any = StateGraph(MessagesState).add_sequence(nodes).add_edge(START, "plain").compile()
    asked = {"messages": [("user", prompt)]}
    for part in graph.stream(asked, stream_mode=["messages", "updates"], version="v2"):
        data = part["data"]
        if part["type"] == "messages":
            print(f"{data[1]['langgraph_node']}: {data[0].text or data[0].content_blocks!r}")
        else:
            print(f"updates: {', '.join(data)}")
