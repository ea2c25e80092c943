"""A conversation: messages in, the reply's text out."""

from __future__ import annotations

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import BaseMessage
from langchain_core.prompts import ChatPromptTemplate, MessagesPlaceholder
from langchain_core.runnables import Runnable

from components.chains.text_parser import TextParser


def build(model: BaseChatModel) -> Runnable[dict[str, list[BaseMessage]], str]:
    prompt = ChatPromptTemplate([MessagesPlaceholder("messages")])
    return prompt | model | TextParser()
