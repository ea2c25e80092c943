"""A question answered from passages that a retriever finds."""

from __future__ import annotations

from collections.abc import Sequence
from operator import itemgetter

from langchain_core.documents import Document
from langchain_core.language_models import BaseChatModel
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import Runnable, RunnableLambda, RunnableParallel

from components.chains.passages import PassageRetriever
from components.chains.text_parser import TextParser
from components.streaming.connection import Connection

ANSWER = "Answer the question from these passages alone. If they do not say it, say so.\n\n{passages}"


def _as_text(documents: Sequence[Document]) -> str:
    return "\n\n".join(f"{document.metadata['title']}: {document.page_content}" for document in documents)


def build(connection: Connection) -> Runnable[dict[str, str], str]:
    """Text in pieces for `{"prompt": ...}`."""
    model: BaseChatModel = connection.model
    retriever = PassageRetriever().with_config(run_name="passages", tags=["retrieval"])
    asked = RunnableLambda(itemgetter("prompt"), name="asked")
    found = (asked | retriever | RunnableLambda(_as_text, name="as_text")).with_config(run_name="search")
    prompt = ChatPromptTemplate([("system", ANSWER), ("human", "{prompt}")])
    return (
        RunnableParallel(passages=found, prompt=asked).with_config(run_name="question")
        | prompt
        | model.with_config(tags=["answer"])
        | TextParser()
    ).with_config(run_name="retrieval")
