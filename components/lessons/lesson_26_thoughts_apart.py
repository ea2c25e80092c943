"""Thinking apart from the text, and where LangChain loses it."""

import json
from typing import Any

import httpx2
from langchain_core.language_models import BaseChatModel
from langchain_openai import ChatOpenAI

DELTAS = [
    {"reasoning_content": "Two and"},
    {"reasoning_content": " two."},
    {"content": "Four"},
    {"content": "."},
]
WIRE = [f"data: {json.dumps({'choices': [{'index': 0, 'delta': delta}]})}\n\n" for delta in DELTAS]


class Keeping(ChatOpenAI):
    def _convert_chunk_to_generation_chunk(self, chunk: dict[str, Any], *others: Any) -> Any:
        made = super()._convert_chunk_to_generation_chunk(chunk, *others)
        if made and (thought := chunk["choices"][0]["delta"].get("reasoning_content")):
            made.message.additional_kwargs["reasoning_content"] = thought
            made.message.response_metadata["model_provider"] = "of its own"
        return made


def lesson(model: BaseChatModel, prompt: str) -> None:
    for chunk in model.stream(prompt):
        for block in chunk.content_blocks:
            print(f"{block['type']}: {block.get('text') or block.get('reasoning')!r}")

    def answer(request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, headers={"content-type": "text/event-stream"}, text="".join(WIRE))

    for kind in (ChatOpenAI, Keeping):
        client = httpx2.Client(transport=httpx2.MockTransport(answer))
        made: Any = {"model": "made-up", "api_key": "none", "http_client": client}
        reader = kind(**made)
        for delta, chunk in zip(DELTAS, reader.stream(prompt), strict=False):
            print(f"wire {json.dumps(delta):35} {kind.__name__}: {chunk.content_blocks}")
