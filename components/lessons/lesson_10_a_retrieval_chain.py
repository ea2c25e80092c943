"""A retrieval chain that still streams."""

from typing import Any

import bm25s
from langchain_core.documents import Document
from langchain_core.language_models import BaseChatModel
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import RunnablePassthrough

PASSAGES = ["Harrison worked at Kensho.", "Harrison likes spicy food.", "Bears eat honey."]


class Passages(BaseRetriever):
    def _get_relevant_documents(self, query: str, **kwargs: Any) -> list[Document]:
        index = bm25s.BM25(corpus=PASSAGES)
        index.index(bm25s.tokenize(PASSAGES, stopwords="en", show_progress=False), show_progress=False)
        words = bm25s.tokenize(query, stopwords="en", show_progress=False)
        found, scores = index.retrieve(words, k=len(PASSAGES), show_progress=False)
        return [Document(text) for text, score in zip(found[0], scores[0], strict=True) if score > 0]


async def lesson(model: BaseChatModel, question: str) -> None:
    def joined(documents: list[Document]) -> str:
        print(f"found: {[document.page_content for document in documents]}")
        return "\n".join(document.page_content for document in documents)

    prompt = ChatPromptTemplate(
        [("system", "Answer from these passages alone:\n{context}"), ("human", "{question}")]
    )
    search = Passages().with_config(run_name="Docs") | joined
    chain = {"context": search, "question": RunnablePassthrough()} | prompt | model | StrOutputParser()
    async for text in chain.astream(question):
        print(repr(text))
