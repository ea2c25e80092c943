"""A retriever by embeddings, as the tutorial had it, without FAISS."""

import re
import zlib

from langchain_core.embeddings import Embeddings
from langchain_core.language_models import BaseChatModel
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import RunnablePassthrough
from langchain_core.vectorstores import InMemoryVectorStore

PASSAGES = ["Bears like to eat honey.", "Harrison likes spicy food.", "Harrison has worked at Kensho."]


class WordCounts(Embeddings):
    """A fake: texts are alike where they share words."""

    def embed_query(self, text: str) -> list[float]:
        vector = [0.001] * 256
        for word in re.findall(r"\w+", text.lower()):
            vector[zlib.crc32(word.encode()) % len(vector)] += 1
        return vector

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return [self.embed_query(text) for text in texts]


def lesson(model: BaseChatModel, question: str) -> None:
    store = InMemoryVectorStore.from_texts(PASSAGES, WordCounts())
    retriever = store.as_retriever(search_kwargs={"k": 2})
    for number, documents in enumerate(retriever.stream(question), 1):
        print(f"chunk {number}: {[document.page_content for document in documents]}")

    prompt = ChatPromptTemplate([("human", "Answer from these passages alone:\n{context}\n\n{question}")])
    chain = {"context": retriever, "question": RunnablePassthrough()} | prompt | model | StrOutputParser()
    for text in chain.stream(question):
        print(repr(text))
