"""A graph that stops to ask, and goes on."""

from typing import Any

from langchain_core.language_models import BaseChatModel
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.types import Command, interrupt


def lesson(model: BaseChatModel, prompt: str) -> None:
    def draft(state: MessagesState) -> dict[str, Any]:
        return {"messages": [model.invoke(state["messages"])]}

    def approve(state: MessagesState) -> dict[str, Any]:
        print("the node approve begins")
        answer = interrupt({"publish?": state["messages"][-1].text[:40]})
        return {"messages": [("user", f"approved: {answer}")]}

    graph = StateGraph(MessagesState).add_sequence([draft, approve]).add_edge(START, "draft")
    built: Any = graph.compile(checkpointer=InMemorySaver())
    config = {"configurable": {"thread_id": "1"}}
    steps: list[Any] = [{"messages": [("user", prompt)]}, Command(resume="yes")]
    for asked in steps:
        print(f"stream of {type(asked).__name__}")
        for part in built.stream(asked, config, stream_mode=["messages", "updates"], version="v2"):
            data = part["data"]
            if part["type"] == "messages":
                print(f"draft {data[0].text or data[0].content_blocks!r}")
            else:
                print(f"updates {str(data)[:150]}")
        print(f"next: {built.get_state(config).next}")
