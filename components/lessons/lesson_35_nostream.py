"""Keep a model's tokens out of the stream: nostream.

Look at which nodes stream. Each asks the same model. `plain` gives its tokens;
`quiet` is tagged `nostream`, and none come, only the message that the node returns,
whole. A node that keeps its reply to itself, or under another key of the state, isn't
heard at all: that is for routers and judges. The tag hides, it doesn't save.

Since the tutorials: the tag that older guides name, `langsmith:nostream`, does
nothing any more (langgraph 1.2): `older` streams. It is `nostream` now.
"""

from collections.abc import Callable
from typing import Any

from langchain_core.language_models import BaseChatModel
from langgraph.graph import END, START, MessagesState, StateGraph

THEME = "graphs"
PROMPT = "Say hello."


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
