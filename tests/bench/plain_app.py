"""The plain way, to compare with: a ChatInterface that yields the accumulated text on every chunk."""

from __future__ import annotations

import functools
import os
from collections.abc import Iterator
from typing import Any

import gradio as gr


@functools.cache
def chain() -> Any:
    """LangChain is imported with the first message: this page is served as early as Gradio can serve one."""
    from langchain_core.output_parsers import StrOutputParser
    from langchain_core.prompts import ChatPromptTemplate
    from langchain_openai import ChatOpenAI

    prompt = ChatPromptTemplate([("human", "{message}")])
    return prompt | ChatOpenAI(model=os.environ["MODEL"], stream_usage=True) | StrOutputParser()


def reply(message: str, history: list[Any]) -> Iterator[str]:
    text = ""
    for chunk in chain().stream({"message": message}):
        text += chunk
        yield text


if __name__ == "__main__":
    # Gradio lets one reader in at a time unless told otherwise; forty threads run all the generators.
    readers = int(os.environ.get("READERS", "0"))
    chat = gr.ChatInterface(reply, api_name="chat", concurrency_limit=readers or "default")
    chat.launch(max_threads=readers or 40)
