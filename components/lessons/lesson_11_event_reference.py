"""The event reference: every event, produced live and ticked off."""

from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from typing import Any

from langchain_core.callbacks import adispatch_custom_event
from langchain_core.documents import Document
from langchain_core.language_models import LLM, BaseChatModel
from langchain_core.output_parsers import StrOutputParser
from langchain_core.outputs import GenerationChunk
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import chain
from langchain_core.tools import tool

STREAMED = ("chat_model", "llm", "chain", "parser", "tool", "retriever")
TABLE = [f"on_{kind}_{phase}" for kind in STREAMED for phase in ("start", "stream", "end")]
TABLE += ["on_prompt_start", "on_prompt_end", "on_tool_error", "on_custom_event"]


class OldModel(LLM):
    """Text in, text out: what was a model before chat models."""

    chat: BaseChatModel
    _llm_type = "old"

    def _call(self, prompt: str, *args: Any, **kwargs: Any) -> str:
        return self.chat.invoke(prompt).text

    def _stream(
        self, prompt: str, stop: Any = None, run_manager: Any = None, **kwargs: Any
    ) -> Iterator[GenerationChunk]:
        for chunk in self.chat.stream(prompt):
            run_manager.on_llm_new_token(chunk.text)
            yield GenerationChunk(text=chunk.text)


class Archive(BaseRetriever):
    def _get_relevant_documents(self, query: str, **kwargs: Any) -> list[Document]:
        return [Document("hello world!"), Document("goodbye world!")]


@tool
def some_tool(x: int, y: str) -> dict[str, Any]:
    """Give back what it was given, unless it is negative."""
    if x < 0:
        raise ValueError(f"made up: {x} is negative")
    return {"x": x, "y": y}


async def lesson(model: BaseChatModel, prompt: str) -> None:
    answer = ChatPromptTemplate([("system", "Be brief."), ("human", "{said}")]) | model | StrOutputParser()

    @chain
    async def everything(said: str) -> AsyncIterator[str]:
        await some_tool.ainvoke({"x": 1, "y": "2"})
        with suppress(ValueError):
            await some_tool.ainvoke({"x": -1, "y": "2"})
        await Archive().ainvoke(said)
        await adispatch_custom_event("half_way", {"percent": 50})
        async for _ in OldModel(chat=model).astream(said):
            pass
        async for text in answer.astream({"said": said}):
            yield text

    seen = set()
    async for event in everything.astream_events(prompt):
        if event["event"] not in seen:
            seen.add(event["event"])
            print(f"[x] {event['event']:22} {event['name']:18} {str(event['data'])[:90]}")
    for name in TABLE:
        if name not in seen:
            print(f"[ ] {name}")
