"""stream, then astream, then invoke; and what streaming=True still changes."""

import asyncio
from typing import Any

from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.language_models import BaseChatModel
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate


class Counter(BaseCallbackHandler):
    tokens = 0

    def on_llm_new_token(self, token: Any, **kwargs: Any) -> None:
        self.tokens += 1


def lesson(model: BaseChatModel, topic: str) -> None:
    short = model.model_copy(update={"max_tokens": 16})
    prompt = ChatPromptTemplate([("human", "Name what speaks for {topic} in three points.")])
    chain = prompt | short | StrOutputParser()

    print("stream")
    for text in chain.stream({"topic": topic}):
        print(repr(text))

    async def astream() -> None:
        async for text in chain.astream({"topic": topic}):
            print(repr(text))

    print("astream")
    asyncio.run(astream())
    print("invoke")
    print(repr(chain.invoke({"topic": topic})))

    for streaming in (True, False):
        told = short.model_copy(update={"streaming": streaming})
        pieces = len(list(told.stream("Say hello.")))
        heard = Counter()
        told.invoke("Say hello.", {"callbacks": [heard]})
        print(f"streaming={streaming}: stream gave {pieces} pieces, invoke's callbacks heard {heard.tokens}")
