"""Auto-streaming: invoke inside a node, tokens outside.

Look at the code and then at the times: the node calls `invoke`, which waits for
the whole message, and yet its tokens come out of the graph one by one. LangChain
sees that someone outside listens to messages and makes `invoke` stream
underneath. The node still gets the whole message. Inside another graph it is not
seen: a graph that is a node gives its message whole, unless the outer `stream` is
told `subgraphs=True`.

Since the tutorials: it is `stream_mode="messages"`; `mode=` is silently ignored.
Each item is a pair: the chunk, and metadata that names the node it is from. Nor
need code inside call `astream` to make a model stream under `astream_events`, as
one of them advised: lesson 23 uses `ainvoke`.
"""

from collections.abc import Callable
from typing import Any

from langchain_core.language_models import BaseChatModel
from langgraph.graph import END, START, MessagesState, StateGraph

THEME = "graphs"
PROMPT = "What is baseball?"


def lesson(model: BaseChatModel, prompt: str, show: Callable[[object], None]) -> None:
    def answer(state: MessagesState) -> dict[str, Any]:
        message = model.invoke(state["messages"])
        show(f"invoke gave the node {len(message.text)} characters at once")
        return {"messages": [message]}

    graph = StateGraph(MessagesState)
    graph.add_node("answer", answer)
    graph.add_edge(START, "answer")
    graph.add_edge("answer", END)
    built: Any = graph.compile()
    asked = {"messages": [("user", prompt)]}
    for chunk, metadata in built.stream(asked, stream_mode="messages"):
        show(f"{metadata['langgraph_node']}: {chunk.text or chunk.content_blocks!r}")
