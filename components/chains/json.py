"""JSON from a prompt: the schema as a constraint where the model's server can keep to it, else in words."""

from collections.abc import Mapping
from typing import Any

from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import Runnable

from components.chains.schemas import ANY_OBJECT
from components.chains.text_parser import TextParser
from components.streaming.connection import Connection
from components.streaming.json.check import schema_in_words


def build(
    connection: Connection, schema: Mapping[str, Any] | None = ANY_OBJECT, *, constrain: bool = True
) -> Runnable[dict[str, str], str]:
    """Text in pieces for `{"prompt": ...}`. Without a schema the prompt is all that is sent."""
    said = in_words(connection, schema, constrain=constrain)
    first = [("system", "{said}")] if said else []
    prompt = ChatPromptTemplate([*first, ("human", "{prompt}")]).partial(said=said)
    bound = connection.held_to(schema) if schema is not None and constrain else None
    chain: Runnable[dict[str, str], str] = prompt | (bound or connection.model) | TextParser()
    return chain


def in_words(connection: Connection, schema: Mapping[str, Any] | None, *, constrain: bool) -> str:
    """What the model is told of the schema; "" where it is constrained to it, or where there is none."""
    if schema is None or (constrain and connection.held_to(schema) is not None):
        return ""
    return schema_in_words(schema)
