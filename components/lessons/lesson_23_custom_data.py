"""Custom data: get_stream_writer and dispatch_custom_event."""

from typing import Any

from langchain_core.callbacks import adispatch_custom_event
from langchain_core.language_models import BaseChatModel
from langchain_core.runnables import chain
from langgraph.config import get_stream_writer
from langgraph.graph import START, MessagesState, StateGraph


async def lesson(model: BaseChatModel, prompt: str) -> None:
    async def answer(state: MessagesState) -> dict[str, Any]:
        write = get_stream_writer()
        write({"progress": "asking the model"})
        message = await model.ainvoke(state["messages"])
        write({"progress": "done", "characters": len(message.text)})
        return {"messages": [message]}

    graph: Any = StateGraph(MessagesState).add_node(answer).add_edge(START, "answer").compile()
    asked = {"messages": [("user", prompt)]}
    async for mode, data in graph.astream(asked, stream_mode=["custom", "messages"]):
        print(f"graph  {mode:9} {data if mode == 'custom' else repr(data[0].text or data[0].content_blocks)}")

    @chain
    async def told(question: str) -> str:
        await adispatch_custom_event("progress", {"step": "asking the model"})
        reply = await model.ainvoke(question)
        await adispatch_custom_event("progress", {"step": "done", "characters": len(reply.text)})
        return reply.text

    async for event in told.astream_events(prompt, version="v2"):
        if event["event"] == "on_custom_event":
            print(f"chain  {event['name']:9} {event['data']}")
        elif event["event"] == "on_chat_model_stream":
            print(
                f"chain  token     {event['data']['chunk'].text or event['data']['chunk'].content_blocks!r}"
            )
