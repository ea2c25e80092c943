"""A chain with StrOutputParser."""

from langchain_core.language_models import BaseChatModel
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate


async def lesson(model: BaseChatModel, topic: str) -> None:
    prompt = ChatPromptTemplate([("human", "Tell me a joke about {topic}.")])
    chain = prompt | model | StrOutputParser()
    pieces = []
    async for text in chain.astream({"topic": topic}):
        pieces.append(text)
        print(repr(text))
    print(f"joined: {''.join(pieces)!r}")
