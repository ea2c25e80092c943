"""ChatOpenAI that keeps what a server sends of the model's thinking; LangChain's own drops it."""

from __future__ import annotations

import json
from contextlib import suppress
from types import NoneType
from typing import Any

from langchain_core.messages import AIMessage, InvalidToolCall
from langchain_core.output_parsers.openai_tools import make_invalid_tool_call
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from langchain_openai import AzureChatOpenAI, ChatOpenAI
from langchain_openai.chat_models.base import BaseChatOpenAI

# No name that LangChain knows: then it looks for reasoning where all but OpenAI put it.
PROVIDER = "openai_compatible"


def _odd_calls(message: dict[str, Any]) -> list[InvalidToolCall]:
    """Taken out: calls of tools whose arguments are JSON but no object. LangChain would fail at them here; in
    a stream it calls them invalid.
    """
    calls = message.get("tool_calls") or []
    odd = [call for call in calls if not isinstance(_json(call["function"]["arguments"]), dict | NoneType)]
    message["tool_calls"] = [call for call in calls if call not in odd]
    return [make_invalid_tool_call(call, "no object") for call in odd]


def _json(text: str) -> object:
    with suppress(ValueError):
        return json.loads(text)
    return None


class Reasoning:
    """Reads `reasoning_content` of deltas and messages into `content_blocks` of type `reasoning`."""

    def _convert_chunk_to_generation_chunk(
        self, chunk: dict[str, Any], default_chunk_class: type, base_generation_info: dict[str, Any] | None
    ) -> ChatGenerationChunk | None:
        made = BaseChatOpenAI._convert_chunk_to_generation_chunk(
            self,  # type: ignore[arg-type]
            chunk,
            default_chunk_class,
            base_generation_info,
        )
        if made is not None and (choices := chunk.get("choices")):
            made.message.response_metadata["model_provider"] = PROVIDER
            if thought := (choices[0].get("delta") or {}).get("reasoning_content"):
                made.message.additional_kwargs["reasoning_content"] = thought
        return made

    def _create_chat_result(self, response: Any, generation_info: dict[str, Any] | None = None) -> ChatResult:
        # Not AzureChatOpenAI's, which raises at a reply that a filter has cut, and drops its text.
        body = response if isinstance(response, dict) else response.model_dump()
        odd = [_odd_calls(choice["message"]) for choice in body["choices"]]
        # The SDK's own object has what it parsed by a class.
        whole = body if any(odd) else response
        made = BaseChatOpenAI._create_chat_result(self, whole, generation_info)  # type: ignore[arg-type]
        for generation, choice, calls in zip(made.generations, body["choices"], odd, strict=True):
            if isinstance(generation.message, AIMessage):
                generation.message.invalid_tool_calls += calls
            generation.message.response_metadata["model_provider"] = PROVIDER
            if thought := choice["message"].get("reasoning_content"):
                generation.message.additional_kwargs["reasoning_content"] = thought
        return made


class ReasoningChatOpenAI(Reasoning, ChatOpenAI):
    name: str | None = "ChatOpenAI"


class ReasoningAzureChatOpenAI(Reasoning, AzureChatOpenAI):
    name: str | None = "AzureChatOpenAI"
