"""LangGraph's modes side by side, from one run."""

from typing import Any, TypedDict

from langchain_core.language_models import BaseChatModel
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.config import get_stream_writer
from langgraph.graph import START, StateGraph

MODES: Any = ["values", "updates", "messages", "custom", "tasks", "checkpoints", "debug"]


class State(TypedDict, total=False):
    topic: str
    joke: str


async def lesson(model: BaseChatModel, topic: str) -> None:
    async def refine(state: State) -> State:
        get_stream_writer()({"refining": state["topic"]})
        return {"topic": f"{state['topic']} and a cat"}

    async def write(state: State) -> State:
        return {"joke": (await model.ainvoke(f"Tell me a joke about {state['topic']}.")).text}

    graph = StateGraph(State).add_sequence([refine, write]).add_edge(START, "refine")
    built: Any = graph.compile(checkpointer=InMemorySaver())
    config: Any = {"configurable": {"thread_id": "1"}}
    async for mode, data in built.astream({"topic": topic}, config, stream_mode=MODES):
        told = repr(data[0].text or data[0].content_blocks) if mode == "messages" else str(data)
        print(f"{mode:12} {told[:160]}")
    async for part in built.astream({"topic": topic}, config, stream_mode=["updates"], version="v2"):
        print(f"v2 part      {part}")
