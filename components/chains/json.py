"""JSON from a prompt: the schema as a constraint where the model's server can keep to it, else in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import BaseMessage
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import Runnable

from components.chains.gemini_schema import gemini_schema
from components.chains.text_parser import TextParser
from components.streaming.json.in_words import schema_in_words


def build(
    model: BaseChatModel,
    schema: Mapping[str, Any] | None,
    *,
    constrain: bool,
    parser: TextParser | None = None,
) -> Runnable[dict[str, str], str]:
    """Text in pieces for `{"prompt": ...}`. Without a schema the prompt is all that is sent."""
    asked = [("human", "{prompt}")]
    said = in_words(model, schema, constrain=constrain)
    if said:
        asked.insert(0, ("system", "{said}"))
    prompt = ChatPromptTemplate(asked).partial(said=said)
    bound = constrained(model, schema) if schema is not None and constrain else None
    return prompt | (bound or model) | (parser or TextParser())


def in_words(model: BaseChatModel, schema: Mapping[str, Any] | None, *, constrain: bool) -> str:
    """What the model is told of the schema; "" where it is constrained to it, or where there is none."""
    if schema is None or (constrain and constrained(model, schema) is not None):
        return ""
    return schema_in_words(schema)


def constrained(model: BaseChatModel, schema: Mapping[str, Any]) -> Runnable[Any, BaseMessage] | None:
    """The model bound to a schema; None for a model whose server takes none."""
    kind = model._llm_type
    if kind == "openai-chat":
        # As a body of ours: given by name, a reply that max_tokens cuts off raises LengthFinishReasonError.
        form = {"type": "json_schema", "json_schema": {"name": "reply", "schema": dict(schema)}}
        return model.bind(extra_body={"response_format": form})
    if kind == "vertexai":
        said = gemini_schema(schema)
        return model.bind(response_mime_type="application/json", response_schema=said)
    return None
