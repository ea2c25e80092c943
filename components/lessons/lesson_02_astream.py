"""The same in a coroutine: astream.

Look at the last line: while the chunks came, another task of the same event loop
went on working. That is what `astream` is for, in a web server or a page: waiting
for a model must not keep anyone else waiting.

In a script, `asyncio.run` starts the loop. A notebook has one already: there,
`await lesson(...)` in a cell. `aclosing` ends the model's connection at once when
the loop is left early; without it, that waits for Python's garbage collector.

In a file of your own, `print(chunk.text, end="", flush=True)` puts the pieces one
behind the other as they come: without `flush` a terminal may hold them back until
the line ends. `load_dotenv()` of python-dotenv takes the key from a file `.env`.
"""

import asyncio
from collections.abc import Callable
from contextlib import aclosing

from langchain_core.language_models import BaseChatModel

THEME = "basics"
PROMPT = "Tell me something about yourself."


async def lesson(model: BaseChatModel, prompt: str, show: Callable[[object], None]) -> None:
    worked = 0

    async def work() -> None:
        nonlocal worked
        while True:
            await asyncio.sleep(0.005)
            worked += 1

    other = asyncio.create_task(work())
    try:
        async with aclosing(model.astream(prompt)) as chunks:  # type: ignore[type-var]
            async for chunk in chunks:
                show(repr(chunk.text or chunk.content_blocks))
    finally:
        other.cancel()
    show(f"meanwhile the other task worked {worked} times")
