"""JSON from a prompt: the schema as a constraint where the model's server can keep to it, else in words."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import BaseMessage
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import Runnable

from components.chains.text_parser import TextParser

IN_WORDS = "Answer with JSON alone. It must keep to this JSON Schema:\n{schema}"


def build(
    model: BaseChatModel, schema: Mapping[str, Any] | None, *, constrain: bool
) -> Runnable[dict[str, str], str]:
    """Text in pieces for `{"prompt": ...}`. Without a schema the prompt is all that is sent."""
    asked = [("human", "{prompt}")]
    bound: Runnable[Any, BaseMessage] | None = None
    if schema is not None:
        bound = _constrained(model, schema) if constrain else None
        asked = asked if bound else [("system", IN_WORDS), *asked]
    prompt = ChatPromptTemplate(asked).partial(schema=json.dumps(schema, ensure_ascii=False))
    return prompt | (bound or model) | TextParser()


def _constrained(model: BaseChatModel, schema: Mapping[str, Any]) -> Runnable[Any, BaseMessage] | None:
    """None for a model whose server takes no schema."""
    kind = model._llm_type
    if kind == "openai-chat":
        # As a body of ours: given by name, a reply that max_tokens cuts off raises LengthFinishReasonError.
        form = {"type": "json_schema", "json_schema": {"name": "reply", "schema": dict(schema)}}
        return model.bind(extra_body={"response_format": form})
    if kind == "vertexai":
        return model.bind(response_mime_type="application/json", response_schema=dict(schema))
    return None
