"""Records the runs that ship with the app: `python -m tests.record_examples [name ...]` writes them anew.

A chat of the scripted model, which thinks first; a chain of a retriever over six sentences, a prompt, the
embedded model and a parser; a chat whose llama.cpp is killed in mid-reply; and one of the scripted model that
is cut off. Nothing in them is edited.
Record them on an idle machine: its pace is the replay's.
"""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
from langchain_core.callbacks import CallbackManagerForRetrieverRun, adispatch_custom_event
from langchain_core.documents import Document
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import HumanMessage
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import Runnable, RunnableLambda, RunnablePassthrough

from components.chains import chat
from components.chains.text_parser import TextParser
from components.providers import Choice, Provider
from components.providers.local import MODEL, Local
from components.providers.scripted import Scripted
from components.settings import Settings
from components.streaming import Connection
from components.streaming.trace import About
from tests.event_runs import EventFrame, Recorder

FOLDER = Path(__file__).parents[1] / "components" / "streaming" / "events" / "examples"
# A file stays under 100 kB.
MAX_TOKENS = 40
LOCAL = Choice("local", MODEL, temperature=0.0, max_tokens=MAX_TOKENS)
# Each to the end of a sentence.
CUT_OFF = {"failure": "silent_end", "fail_after": "24", "rate": "20"}
THINKS = {"thinking": "reasoning_content", "thinking_length": "21", "length": "35", "rate": "20"}

SENTENCES = (
    "A chunk is a piece of a reply, sent as soon as the model has written it.",
    "The time to first token is how long a reader waits before anything appears.",
    "A run is one execution of a step; runs have parents and so make a tree.",
    "A retriever looks up documents that may help to answer a question.",
    "A parser turns what the model wrote into what the program needs.",
    "The finish reason says why a model stopped writing.",
)


class WordRetriever(BaseRetriever):
    """Finds the sentences that share most words with the question."""

    most: int = 2

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun
    ) -> list[Document]:
        asked = words(query)
        found = sorted(SENTENCES, key=lambda sentence: len(words(sentence) & asked), reverse=True)
        return [Document(sentence) for sentence in found[: self.most]]


def words(text: str) -> set[str]:
    return {word.lower() for word in re.findall(r"\w{3,}", text)}


def chatting(model: BaseChatModel) -> Runnable[Any, Any]:
    return chat.build(Connection(model))


def retrieval(model: BaseChatModel) -> Runnable[Any, Any]:
    async def join(documents: list[Document]) -> str:
        await adispatch_custom_event("found", {"documents": len(documents)})
        return "\n".join(document.page_content for document in documents)

    context = WordRetriever() | RunnableLambda(join)
    prompt = ChatPromptTemplate([("human", "Use these facts:\n{context}\n\nQuestion: {question}")])
    steps = {"context": context, "question": RunnablePassthrough()}
    return (steps | prompt | model | TextParser()).with_config(run_name="retrieval")


async def record(
    provider: Provider,
    name: str,
    choice: Choice,
    build: Callable[[BaseChatModel], Runnable[Any, Any]],
    value: Any,
    seen: Callable[[EventFrame], object] | None = None,
) -> EventFrame:
    def connect() -> Connection:
        connection = provider.open(choice)
        return connection.with_chain(build(connection.model), value)

    path = FOLDER / f"{name}.jsonl"
    provider.open(choice).close()  # imports are no part of the run
    about = About(choice.provider, choice.model, name[2:], provider.packages)
    recorder = Recorder(about, path=path)
    async for frame in recorder.frames(connect):
        if seen is not None:
            seen(frame)
    path.chmod(0o644)
    assert frame.report is not None
    print(f"{path.name}: {frame.report.verdict}, {frame.total} events, {path.stat().st_size:,} bytes")
    return frame


def kill_in_mid_reply(frame: EventFrame) -> None:
    """End llama.cpp once a few words have come."""
    if len(frame.text.split()) > 5:
        for child in psutil.Process().children():
            child.kill()


def message(text: str) -> dict[str, Any]:
    return {"messages": [HumanMessage(text)]}


RUNS: dict[str, tuple[Any, ...]] = {
    "1-chat": (Choice("scripted", "scripted", values=THINKS), chatting, message("What is streaming?")),
    "2-retrieval": (LOCAL, retrieval, "What is a chunk?"),
    "3-failure": (LOCAL, chatting, message("Tell me a story about a river."), kill_in_mid_reply),
    "4-cut_off": (Choice("scripted", "scripted", values=CUT_OFF), chatting, message("What is streaming?")),
}


async def main(names: list[str]) -> None:
    FOLDER.mkdir(exist_ok=True)
    local = Local(Settings())
    providers: dict[str, Provider] = {"local": local, "scripted": Scripted(Settings())}
    local.start()
    try:
        for name in names or RUNS:
            await record(providers[RUNS[name][0].provider], name, *RUNS[name])
    finally:
        local.stop()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
