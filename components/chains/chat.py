"""A conversation: messages in, the reply's text out."""

from __future__ import annotations

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import BaseMessage
from langchain_core.prompts import ChatPromptTemplate, MessagesPlaceholder
from langchain_core.runnables import Runnable, RunnableLambda

from components.chains.text_parser import TextParser
from components.streaming.connection import Connection


def build(connection: Connection, *, waits: bool = False) -> Runnable[dict[str, list[BaseMessage]], str]:
    """`waits`: its last step is a plain function, before which LangChain collects the whole text."""
    model: BaseChatModel = connection.model
    chain = ChatPromptTemplate([MessagesPlaceholder("messages")]) | model | TextParser()
    return chain | RunnableLambda(_whole) if waits else chain


def _whole(text: str) -> str:
    return text
