"""Auto-streaming: invoke inside a node, tokens outside."""

from typing import Any

from langchain_core.language_models import BaseChatModel
from langgraph.graph import START, MessagesState, StateGraph


def lesson(model: BaseChatModel, prompt: str) -> None:
    def answer(state: MessagesState) -> dict[str, Any]:
        message = model.invoke(state["messages"])
        print(f"invoke gave the node {len(message.text)} characters at once")
        return {"messages": [message]}

    graph: Any = StateGraph(MessagesState).add_node(answer).add_edge(START, "answer").compile()
    asked = {"messages": [("user", prompt)]}
    for chunk, metadata in graph.stream(asked, stream_mode="messages"):
        print(f"{metadata['langgraph_node']}: {chunk.text or chunk.content_blocks!r}")
