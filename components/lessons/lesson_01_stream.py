"""Stream in a loop.

Look at the times: the chunks come one after the other while the model still
writes, a word or a part of one each. A loop over `invoke` would have shown
nothing until the last of them was there. A chunk is a message, so its text is an
attribute. A chunk without text shows its content blocks: a thought, or `[]`, as of
the first and the last, which carry the role, the finish reason and the usage.

Since the tutorials: `ChatOpenAI(streaming=True)` is no longer needed for
`stream`, lesson 3 says what it still does. A chunk's words are `chunk.text` (a
property since langchain-core 1.0); `chunk.content` may be a list.
"""

from collections.abc import Callable

from langchain_core.language_models import BaseChatModel

THEME = "basics"
PROMPT = "What is baseball?"


def lesson(model: BaseChatModel, prompt: str, show: Callable[[object], None]) -> None:
    for chunk in model.stream(prompt):
        show(repr(chunk.text or chunk.content_blocks))
