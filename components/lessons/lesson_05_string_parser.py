"""A chain with StrOutputParser.

Look at what comes out: plain strings, as early as the model's chunks. The prompt
is made once, then every chunk passes through the parser by itself, because the
parser works on a stream and not on a finished message. An empty string is a chunk
without text: a thought of the model's, or its finish reason.

What is at the end of a chain decides what its chunks are: without the parser they
would be `AIMessageChunk`s, after `JsonOutputParser` they are objects (lesson 6).
"""

from collections.abc import Callable

from langchain_core.language_models import BaseChatModel
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate

THEME = "basics"
PROMPT = "a parrot"


async def lesson(model: BaseChatModel, topic: str, show: Callable[[object], None]) -> None:
    prompt = ChatPromptTemplate([("human", "Tell me a joke about {topic}.")])
    chain = prompt | model | StrOutputParser()
    pieces = []
    async for text in chain.astream({"topic": topic}):
        pieces.append(text)
        show(repr(text))
    show(f"joined: {''.join(pieces)!r}")
