"""A retriever gives one chunk."""

from typing import Any

import bm25s
from langchain_core.documents import Document
from langchain_core.language_models import BaseChatModel
from langchain_core.retrievers import BaseRetriever

PASSAGES = ["Harrison worked at Kensho.", "Harrison likes spicy food.", "Bears eat honey."]


class Passages(BaseRetriever):
    def _get_relevant_documents(self, query: str, **kwargs: Any) -> list[Document]:
        index = bm25s.BM25(corpus=PASSAGES)
        index.index(bm25s.tokenize(PASSAGES, stopwords="en", show_progress=False), show_progress=False)
        words = bm25s.tokenize(query, stopwords="en", show_progress=False)
        found, scores = index.retrieve(words, k=len(PASSAGES), show_progress=False)
        return [Document(text) for text, score in zip(found[0], scores[0], strict=True) if score > 0]


async def lesson(model: BaseChatModel, question: str) -> None:
    chunks = 0
    async for documents in Passages().astream(question):
        chunks += 1
        for document in documents:
            print(f"chunk {chunks}: {document.page_content}")
    print(f"chunks: {chunks}")
