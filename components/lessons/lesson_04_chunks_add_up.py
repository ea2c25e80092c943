"""Chunks add up to the message."""

from collections.abc import Callable

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessageChunk


async def lesson(model: BaseChatModel, prompt: str, show: Callable[[object], None]) -> None:
    whole: AIMessageChunk | None = None
    async for chunk in model.astream(prompt):
        if chunk.text and not (whole and whole.text):
            show(f"one chunk: {chunk!r}")
        whole = chunk if whole is None else whole + chunk
        show(f"+ {chunk.text or chunk.content_blocks!r:12} = {whole.text!r}")
    if whole is None:
        return
    show(f"type: {type(whole).__name__}")
    show(f"finish reason: {whole.response_metadata.get('finish_reason')}")
    show(f"usage: {whole.usage_metadata}")
    show(f"content blocks: {whole.content_blocks}")
