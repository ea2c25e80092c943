"""Callbacks lost, and callbacks passed on."""

from concurrent.futures import ThreadPoolExecutor

from langchain_core.callbacks import Callbacks
from langchain_core.language_models import BaseChatModel
from langchain_core.output_parsers import StrOutputParser
from langchain_core.runnables import RunnableConfig, RunnableLambda
from langchain_core.tools import tool


def reverse(word: str) -> str:
    return word[::-1]


async def lesson(model: BaseChatModel, word: str) -> None:
    inside = RunnableLambda(reverse, name="reverse_word") | model | StrOutputParser()

    @tool
    def calls_it(word: str) -> str:
        """Passes nothing on."""
        return inside.invoke(word)

    @tool
    def loses_it(word: str) -> str:
        """Passes nothing on, in a raw thread."""
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(inside.invoke, word).result()

    @tool
    def passes_it_on(word: str, config: RunnableConfig) -> str:
        """Passes the config on into a raw thread."""
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(inside.invoke, word, config).result()

    @tool
    def passes_callbacks(word: str, callbacks: Callbacks) -> str:
        """Passes the callbacks on into a raw thread."""
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(inside.invoke, word, {"callbacks": callbacks}).result()

    for one in (calls_it, loses_it, passes_it_on, passes_callbacks):
        names, tokens = [], 0
        async for event in one.astream_events(word):
            if event["event"].endswith("_start"):
                names.append(event["name"])
            tokens += event["event"] == "on_chat_model_stream"
        print(f"{one.name:16} tokens heard: {tokens:3}  runs: {', '.join(names)}")
