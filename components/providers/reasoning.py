"""ChatOpenAI that keeps what a server sends of the model's thinking; ChatOpenAI itself drops it."""

from __future__ import annotations

from typing import Any

from langchain_core.outputs import ChatGenerationChunk, ChatResult
from langchain_openai import ChatOpenAI

# No name that LangChain knows: then it looks for reasoning where all but OpenAI put it.
PROVIDER = "openai_compatible"


class ReasoningChatOpenAI(ChatOpenAI):
    """Reads `reasoning_content` of deltas and messages into `content_blocks` of type `reasoning`."""

    name: str | None = "ChatOpenAI"

    def _convert_chunk_to_generation_chunk(
        self, chunk: dict[str, Any], default_chunk_class: type, base_generation_info: dict[str, Any] | None
    ) -> ChatGenerationChunk | None:
        made = super()._convert_chunk_to_generation_chunk(chunk, default_chunk_class, base_generation_info)
        if made is not None and (choices := chunk.get("choices")):
            made.message.response_metadata["model_provider"] = PROVIDER
            if thought := (choices[0].get("delta") or {}).get("reasoning_content"):
                made.message.additional_kwargs["reasoning_content"] = thought
        return made

    def _create_chat_result(self, response: Any, generation_info: dict[str, Any] | None = None) -> ChatResult:
        made = super()._create_chat_result(response, generation_info)
        body = response if isinstance(response, dict) else response.model_dump()
        for generation, choice in zip(made.generations, body.get("choices") or (), strict=False):
            generation.message.response_metadata["model_provider"] = PROVIDER
            if thought := choice["message"].get("reasoning_content"):
                generation.message.additional_kwargs["reasoning_content"] = thought
        return made
