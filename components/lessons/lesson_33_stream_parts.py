"""StreamPart: one shape for everything a graph says, and its subgraphs."""

from typing import Any

from langchain_core.language_models import BaseChatModel
from langgraph.graph import START, MessagesState, StateGraph


def lesson(model: BaseChatModel, prompt: str) -> None:
    def answer(state: MessagesState) -> dict[str, Any]:
        return {"messages": [model.invoke(state["messages"])]}

    inner = StateGraph(MessagesState).add_node(answer).add_edge(START, "answer").compile()
    outer: Any = StateGraph(MessagesState).add_node("outer", inner).add_edge(START, "outer").compile()
    for subgraphs in (True, False):
        print(f"subgraphs={subgraphs}")
        asked = {"messages": [("user", prompt)]}
        modes = ["messages", "updates"]
        for part in outer.stream(asked, stream_mode=modes, subgraphs=subgraphs, version="v2"):
            data = part["data"]
            told = repr(data[0].text or data[0].content_blocks) if part["type"] == "messages" else list(data)
            print(f"{part['type']:8} ns {[name.split(':')[0] for name in part['ns']]} {told}")
