"""ChatOpenAI that keeps what a server sends of the model's thinking; LangChain's own drops it."""

from __future__ import annotations

from typing import Any

from langchain_core.outputs import ChatGenerationChunk, ChatResult
from langchain_openai import AzureChatOpenAI, ChatOpenAI
from langchain_openai.chat_models.base import BaseChatOpenAI

# No name that LangChain knows: then it looks for reasoning where all but OpenAI put it.
PROVIDER = "openai_compatible"


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
        made = BaseChatOpenAI._create_chat_result(self, response, generation_info)  # type: ignore[arg-type]
        body = response if isinstance(response, dict) else response.model_dump()
        for generation, choice in zip(made.generations, body.get("choices") or (), strict=False):
            generation.message.response_metadata["model_provider"] = PROVIDER
            if thought := choice["message"].get("reasoning_content"):
                generation.message.additional_kwargs["reasoning_content"] = thought
        return made


class ReasoningChatOpenAI(Reasoning, ChatOpenAI):
    name: str | None = "ChatOpenAI"


class ReasoningAzureChatOpenAI(Reasoning, AzureChatOpenAI):
    name: str | None = "AzureChatOpenAI"
