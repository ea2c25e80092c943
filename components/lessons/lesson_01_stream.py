"""Stream in a loop."""

from collections.abc import Callable

from langchain_core.language_models import BaseChatModel


def lesson(model: BaseChatModel, prompt: str, show: Callable[[object], None]) -> None:
    for chunk in model.stream(prompt):
        show(repr(chunk.text or chunk.content_blocks))
