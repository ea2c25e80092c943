"""The countries' names, by a step that waits: it wants the finished object, so nothing streams past it."""

from typing import Any

from langchain_core.exceptions import OutputParserException
from langchain_core.messages import BaseMessage
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import Runnable

from components.chains.json_parser import JsonParser


def names(reply: Any) -> list[str]:
    """A plain function is called once, when everything before it has ended."""
    countries = reply.get("countries") if isinstance(reply, dict) else None
    if not isinstance(countries, list):
        raise OutputParserException("There is no list of countries in the reply.")
    return [country["name"] for country in countries if isinstance(country, dict) and "name" in country]


def build(model: Runnable[Any, BaseMessage]) -> Runnable[dict[str, str], list[str]]:
    return ChatPromptTemplate([("human", "{prompt}")]) | model | JsonParser() | names
