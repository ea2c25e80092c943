"""Chunks add up to the message.

Look at the sums: `AIMessageChunk + AIMessageChunk` is the reply so far, a message
with text, and at the end with everything `invoke` would have given: the finish
reason, the tokens used, the content as typed blocks.

The first line is one chunk as it is: text, an id that all chunks of a reply share,
and nothing yet of what only the end knows. No single chunk has it all.
What a model thinks, the finish reason and the usage come in chunks without text
(`[]` has no content at all), so a loop that keeps only text loses them; a reply
without a finish reason was cut off.

Since the tutorials: `usage_metadata` (langchain-core 0.2) and `content_blocks`
(1.0) are the same for every provider; behind a base URL of one's own,
`ChatOpenAI` sends usage only with `stream_usage=True`.
"""

from collections.abc import Callable

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessageChunk

THEME = "basics"
PROMPT = "Hello. Tell me something about yourself."


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
