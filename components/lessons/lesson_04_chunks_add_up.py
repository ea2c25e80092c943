"""Chunks add up to the message."""

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessageChunk


async def lesson(model: BaseChatModel, prompt: str) -> None:
    whole: AIMessageChunk | None = None
    async for chunk in model.astream(prompt):
        if chunk.text and not (whole and whole.text):
            print(f"one chunk: {chunk!r}")
        whole = chunk if whole is None else whole + chunk
        print(f"+ {chunk.text or chunk.content_blocks!r:12} = {whole.text!r}")
    if whole is None:
        return
    print(f"type: {type(whole).__name__}")
    print(f"finish reason: {whole.response_metadata.get('finish_reason')}")
    print(f"usage: {whole.usage_metadata}")
    print(f"content blocks: {whole.content_blocks}")
