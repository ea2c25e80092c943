"""v3: projections instead of events, and the reader is the pump."""

import asyncio
from typing import Any

from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.language_models import BaseChatModel
from langgraph.graph import START, MessagesState, StateGraph


class Counter(BaseCallbackHandler):
    tokens = 0

    def on_llm_new_token(self, *args: Any, **kwargs: Any) -> None:
        self.tokens += 1


async def lesson(model: BaseChatModel, prompt: str) -> None:
    counter = Counter()
    reply = await model.astream_events(prompt, {"callbacks": [counter]}, version="v3")
    async for text in reply.text:
        print(f"text {text!r}")
    async for thought in reply.reasoning:
        print(f"reasoning {thought!r}")
    whole = await reply.output
    print(f"output {whole.usage_metadata}, tokens heard by callbacks: {counter.tokens}")

    async def answer(state: MessagesState) -> dict[str, Any]:
        print("the node begins")
        return {"messages": [await model.ainvoke(state["messages"])]}

    graph: Any = StateGraph(MessagesState).add_node(answer).add_edge(START, "answer").compile()
    asked, counter = {"messages": [("user", prompt)]}, Counter()
    run = await graph.astream_events(asked, {"callbacks": [counter]}, version="v3")
    print("opened, not read")
    await asyncio.sleep(0.3)
    print("now it is read")
    async for message in run.messages:
        async for text in message.text:
            print(f"graph {text!r}")
    print(f"tokens heard by callbacks: {counter.tokens}")
