"""A question answered from passages about streaming that a retriever finds: BM25, in memory."""

import json
import logging
from collections.abc import Sequence
from functools import cache, partial
from operator import itemgetter
from pathlib import Path
from typing import Any

import bm25s
from langchain_core.documents import Document
from langchain_core.language_models import BaseChatModel
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import Runnable, RunnableLambda, RunnableParallel

from components.chains.text_parser import TextParser
from components.streaming.connection import Connection

# As it is imported it has itself log everything.
logging.getLogger("bm25s").setLevel(logging.WARNING)

PASSAGES = Path(__file__).parent / "passages.json"
MOST = 3
_words = partial(bm25s.tokenize, stopwords="en", show_progress=False)
ANSWER = "Answer the question from these passages alone. If they do not say it, say so.\n\n{passages}"


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


def _as_text(documents: Sequence[Document]) -> str:
    return "\n\n".join(f"{document.metadata['title']}: {document.page_content}" for document in documents)


class PassageRetriever(BaseRetriever):
    """The passages that share words with a question, the best first, at most MOST."""

    def _get_relevant_documents(self, query: str, **kwargs: Any) -> list[Document]:
        found, scores = _index().retrieve(_words(query), k=MOST, show_progress=False)
        return [
            Document(one["text"], metadata={"title": one["title"], "score": round(float(score), 3)})
            for one, score in zip(found[0], scores[0], strict=True)
            if score > 0
        ]


@cache
def _index() -> Any:
    passages = json.loads(PASSAGES.read_text("utf-8"))
    index = bm25s.BM25(corpus=passages)
    index.index(_words([f"{one['title']}. {one['text']}" for one in passages]), show_progress=False)
    return index
